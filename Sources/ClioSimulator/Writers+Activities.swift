extension Writers {
    mutating func addActivities() {
        let types: [StaticString] = [#""TimeEntry""#, #""ExpenseEntry""#, #""HardCostEntry""#, #""SoftCostEntry""#]
        set("Activity", "type") { firm, i, o in o.raw(types[firm.activityType(i)]) }
        set("Activity", "date") { firm, i, o in o.date(firm.activityDate(i)) }
        open("quantity") { firm, i, o in
            let quantity = firm.activityQuantity(i)
            if firm.activityType(i) == 0 { o.decimal(quantity, places: 0) } else { o.decimal(quantity, places: 2) }
        }
        open("quantity_in_hours") { firm, i, o in
            let quantity = firm.activityQuantity(i)
            o.decimal(firm.activityType(i) == 0 ? quantity * 100 / 36 : quantity * 100, places: 4)
        }
        open("rounded_quantity") { firm, i, o in
            if firm.activityType(i) != 0 { return o.null() }
            o.decimal(Writers.rounded(firm.activityQuantity(i)), places: 0)
        }
        open("rounded_quantity_in_hours") { firm, i, o in
            if firm.activityType(i) != 0 { return o.null() }
            o.decimal(Writers.rounded(firm.activityQuantity(i)) / 360, places: 1)
        }
        set("Activity", "quantity_redacted") { firm, i, o in o.bool(firm.activityRedacted(i)) }
        set("Activity", "price") { firm, i, o in
            if firm.draw(.activityPrice, i).again(8).inThousand(10) { return o.null() }
            o.decimal(firm.activityPrice(i), places: 2)
        }
        open("total") { firm, i, o in o.decimal(firm.activityNonBillable(i) ? 0 : Writers.value(firm, i), places: 2) }
        open("non_billable_total") { firm, i, o in
            o.decimal(firm.activityNonBillable(i) ? Writers.value(firm, i) : 0, places: 2)
        }
        set("Activity", "note") { firm, i, o in
            let draw = firm.draw(.activityText, i)
            if draw.inThousand(60) { return o.null() }
            firm.text(&o, draw: draw.again(), longInThousand: 2)
        }
        set("Activity", "billed") { firm, i, o in o.bool(firm.activityBilling(i) == 2) }
        set("Activity", "on_bill") { firm, i, o in o.bool(firm.activityBilling(i) == 1 || firm.activityBilling(i) == 2)
        }
        set("Activity", "non_billable") { firm, i, o in o.bool(firm.activityNonBillable(i)) }
        set("Activity", "no_charge") { firm, i, o in o.bool(firm.activityBilling(i) == 3) }
        set("Activity", "flat_rate") { firm, i, o in o.bool(firm.draw(.activityPrice, i).again(2).inThousand(70)) }
        set("Activity", "reference") { firm, i, o in
            let draw = firm.draw(.activityText, i)
            if draw.inThousand(900) { return o.null() }
            o.raw(#""CHK-"#)
            o.int(draw.below(99_999))
            o.quote()
        }
        set("PolymorphicObject", "id") { _, i, o in o.int(Links.objects[i & 7].identity.id(i >> 3)) }
        let subjects: [StaticString] = [
            #""Matter""#, #""Contact""#, #""Task""#, #""CalendarEntry""#, #""Document""#, #""User""#, #""CreditMemo""#,
        ]
        set("PolymorphicObject", "type") { _, i, o in o.raw(subjects[i & 7]) }
        set("Bill", "subject") { firm, i, o in firm.pick(&o, firm.lexicon.topics, firm.draw(.activityBilling, i)) }
    }

    /// A field that is null where the hours are redacted.
    private mutating func open(_ field: String, _ body: @escaping Writer) {
        set("Activity", field) { firm, i, o in
            if firm.activityRedacted(i) { o.null() } else { body(firm, i, &o) }
        }
    }

    /// Seconds, rounded up to six minutes.
    private static func rounded(_ seconds: Int) -> Int {
        (seconds + 359) / 360 * 360
    }

    /// What an activity is worth, in cents.
    private static func value(_ firm: Firm, _ i: Int) -> Int {
        let quantity = firm.activityQuantity(i)
        return firm.activityType(i) == 0
            ? rounded(quantity) / 360 * firm.activityPrice(i) / 10 : quantity * firm.activityPrice(i) / 100
    }

    mutating func addPeople() {
        set("User", "name") { firm, i, o in
            o.quote()
            firm.userName(&o, i)
            o.quote()
        }
        set("User", "first_name") { firm, i, o in
            o.quote()
            o.raw(firm.userGiven(i))
            o.quote()
        }
        set("User", "last_name") { firm, i, o in
            o.quote()
            o.raw(firm.userFamily(i))
            o.quote()
        }
        set("User", "email") { _, i, o in
            o.raw(#""user"#)
            o.int(i)
            o.raw(#"@firm.example""#)
        }
        set("User", "initials") { firm, i, o in
            o.quote()
            o.byte(0x41 + UInt8(firm.draw(.userName, i).below(26)))
            o.byte(0x41 + UInt8(firm.draw(.userName, i).again().below(26)))
            o.quote()
        }
        set("User", "phone_number") { firm, i, o in
            if firm.draw(.userRate, i).inThousand(300) { o.null() } else { Writers.phone(firm, i, 0, &o) }
        }
        set("User", "enabled") { firm, i, o in o.bool(firm.userEnabled(i)) }
        set("User", "account_owner") { _, i, o in o.bool(i == 0) }
        set("Account", "id") { firm, _, o in o.int(firm.accountID) }
        set("Account", "name") { firm, _, o in o.string(firm.accountName) }
        set("User", "rate") { firm, i, o in o.decimal(15_000 + firm.draw(.userRate, i).below(60) * 500, places: 2) }
        set("User", "roles") { _, i, o in o.raw(i == 0 ? #"["admin","billing"]"# : "[]") }
        set("User", "time_zone") { _, _, o in o.raw(#""Pacific Time (US & Canada)""#) }
        set("User", "default_calendar_id") { _, i, o in o.int(Writers.calendar.id(i)) }
        set("User", "type") { _, _, o in o.raw(#""ManageUser""#) }
    }

    mutating func addParts() {
        set("CustomFieldValue", "id") { firm, i, o in
            if firm.customUnset(i) { return o.null() }
            o.quote()
            o.raw(Writers.fieldTypes[Links.parent(i).position % Writers.fieldTypes.count])
            o.byte(0x2D)
            o.int(Identity(thing: "CustomFieldValue").id(i))
            o.quote()
        }
        set("CustomFieldValue", "field_type") { _, i, o in
            o.quote()
            o.raw(Writers.fieldTypes[Links.parent(i).position % Writers.fieldTypes.count])
            o.quote()
        }
        set("CustomField", "field_type") { _, i, o in
            o.quote()
            o.raw(Writers.fieldTypes[i % Writers.fieldTypes.count])
            o.quote()
        }
        set("CustomFieldValue", "field_name") { _, i, o in
            o.raw(#""Custom \"field\" \/ "#)
            o.int(Links.parent(i).position + 1)
            o.quote()
        }
        set("CustomFieldValue", "value") { firm, i, o in
            if firm.customUnset(i) { return o.null() }
            let draw = firm.draw(.customValue, i)
            switch Links.parent(i).position % Writers.fieldTypes.count {
            case 0: firm.text(&o, draw: draw)
            case 1: o.date(firm.start / 86_400 + draw.below(2_900))
            case 2:
                o.quote()
                o.decimal(draw.below(1_000_000), places: 2)
                o.quote()
            case 3: o.raw(draw & 1 == 0 ? #""true""# : #""false""#)
            case 4:
                o.quote()
                o.int(Identity(thing: "PicklistOption").id(draw.below(6)))
                o.quote()
            default: firm.pick(&o, firm.lexicon.phrases, draw)
            }
        }
        set("CustomFieldValue", "soft_deleted") { _, i, o in o.bool(Links.parent(i).position == 6) }
    }

    static let fieldTypes: [StaticString] = [
        "text_line", "date", "currency", "checkbox", "picklist", "text_area", "url", "email",
    ]
}

extension Firm {
    func userEnabled(_ i: Int) -> Bool { i == 0 || !draw(.userEnabled, i).inThousand(150) }

    /// A custom field that is shown by default but was never given a value.
    func customUnset(_ i: Int) -> Bool { draw(.customValue, i).again(4).inThousand(250) }
}
