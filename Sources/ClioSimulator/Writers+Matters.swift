extension Writers {
    mutating func addMatters() {
        set("Matter", "number") { _, i, o in o.int(i + 1) }
        set("Matter", "display_number") { firm, i, o in
            o.quote()
            firm.matterNumber(&o, i)
            o.quote()
        }
        set("Matter", "custom_number") { firm, i, o in
            let draw = firm.draw(.matterNumber, i)
            guard draw.inThousand(400) else { return o.null() }
            o.raw(#""C\/"#)
            o.int(draw.below(100_000))
            o.quote()
        }
        set("Matter", "description") { firm, i, o in
            let draw = firm.draw(.matterText, i)
            if draw.inThousand(40) { return o.null() }
            if draw.inThousand(600) { return firm.pick(&o, firm.lexicon.topics, draw) }
            firm.text(&o, draw: draw.again(), longInThousand: 8)
        }
        set("Matter", "status") { firm, i, o in
            let status = firm.matterStatus(i)
            o.raw(status == 0 ? #""Pending""# : status == 1 ? #""Open""# : #""Closed""#)
        }
        set("Matter", "client_id") { firm, i, o in
            if let client = firm.matterClient(i) { o.int(Kind.contacts.identity.id(client)) } else { o.null() }
        }
        set("Matter", "maildrop_address") { firm, i, o in
            o.quote()
            o.hex(firm.draw(.matterText, i).again(5))
            o.raw(#"@maildrop.clio.com""#)
        }
        set("Matter", "open_date") { firm, i, o in o.date(firm.matterOpen(i)) }
        set("Matter", "close_date") { firm, i, o in o.date(firm.matterClose(i)) }
        set("Matter", "pending_date") { firm, i, o in o.date(firm.matterPending(i)) }
        set("Matter", "last_activity_date") { firm, i, o in
            let draw = firm.draw(.matterStage, i)
            o.date(draw.inThousand(150) ? nil : firm.created(.matters, i) / 86_400 + draw.below(200))
        }
        set("Matter", "billable") { firm, i, o in o.bool(!firm.draw(.matterBilling, i).inThousand(100)) }
        set("MatterStage", "practice_area_id") { firm, i, o in
            o.quote()
            o.int(Kind.practiceAreas.identity.id(firm.draw(.matterStage, i).below(firm.count(.practiceAreas))))
            o.quote()
        }
        set("PracticeArea", "name") { firm, i, o in
            let areas = firm.lexicon.areas
            o.quote()
            o.raw(areas[i % areas.count])
            if i >= areas.count {
                o.byte(0x20)
                o.int(i / areas.count + 1)
            }
            o.quote()
        }
        set("PracticeArea", "code") { _, i, o in
            o.raw(#""PA"#)
            o.int(i + 1)
            o.quote()
        }
        set("Currency", "code") { _, i, o in o.raw(i == 0 ? #""USD""# : i == 1 ? #""CAD""# : #""EUR""#) }
        set("Currency", "sign") { _, i, o in o.raw(i == 0 ? #""$""# : i == 1 ? #""C$""# : #""€""#) }
        set("Folder", "type") { _, _, o in o.raw(#""Folder""#) }
    }
}
