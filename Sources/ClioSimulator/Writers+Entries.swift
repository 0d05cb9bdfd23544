extension Writers {
    mutating func addEntries() {
        visible("summary") { firm, i, o in firm.pick(&o, firm.lexicon.topics, firm.draw(.entryText, i)) }
        visible("description") { firm, i, o in
            let draw = firm.draw(.entryText, i)
            if draw.inThousand(300) { return o.null() }
            firm.text(&o, draw: draw.again(), longInThousand: 3)
        }
        visible("location") { firm, i, o in
            let draw = firm.draw(.entryText, i).again(2)
            if draw.inThousand(500) { return o.null() }
            firm.pick(&o, firm.lexicon.streets, draw)
        }
        set("CalendarEntry", "start_at") { firm, i, o in
            o.instant(firm.entryStart(i), draw: firm.draw(.entryStart, i) >> 50)
        }
        set("CalendarEntry", "end_at") { firm, i, o in
            o.instant(firm.entryEnd(i), draw: firm.draw(.entryStart, i) >> 53)
        }
        // The token's user lives eight hours behind UTC.
        set("CalendarEntry", "start_date") { firm, i, o in o.date((firm.entryStart(i) - 28_800) / 86_400) }
        set("CalendarEntry", "end_date") { firm, i, o in o.date((firm.entryEnd(i) - 28_800) / 86_400) }
        clock("start_time") { firm, i in firm.entryStart(i) }
        clock("end_time") { firm, i in firm.entryEnd(i) }
        set("CalendarEntry", "all_day") { firm, i, o in o.bool(firm.entryAllDay(i)) }
        set("CalendarEntry", "recurrence_rule") { firm, i, o in
            guard firm.draw(.entryRule, i).inThousand(60) else { return o.null() }
            o.raw(i & 1 == 0 ? #""RRULE:FREQ=WEEKLY;BYDAY=MO""# : #""RRULE:FREQ=DAILY;COUNT=5""#)
        }
        set("CalendarEntry", "parent_calendar_entry_id") { firm, i, o in
            guard let parent = firm.entryParent(i) else { return o.null() }
            o.int(Kind.calendarEntries.identity.id(parent))
        }
        set("CalendarEntry", "permission") { _, i, o in o.raw(i % 5 == 0 ? #""viewer""# : #""owner""#) }
        set("CalendarEntry", "calendar_owner_id") { firm, i, o in o.int(Writers.calendar.id(firm.entryOwner(i))) }
        set("CalendarEntry", "start_at_time_zone") { _, i, o in
            o.raw(i % 3 == 0 ? #""Europe\/London""# : #""America\/Los_Angeles""#)
        }
        set("CalendarEntry", "time_entries_count") { firm, i, o in o.int(firm.draw(.entryText, i).again(9).below(3)) }
        set("Calendar", "name") { firm, i, o in
            o.quote()
            firm.userName(&o, i)
            o.quote()
        }
        set("Calendar", "type") { _, _, o in o.raw(#""UserCalendar""#) }
        set("Attendee", "id") { _, i, o in
            o.int(i & 1 == 0 ? Kind.contacts.identity.id(i / 2) : Writers.calendar.id(i / 2))
        }
        set("Attendee", "type") { _, i, o in o.raw(i & 1 == 0 ? #""Contact""# : #""Calendar""#) }
        set("Attendee", "name") { firm, i, o in
            o.quote()
            if i & 1 == 0 { firm.contactName(&o, i / 2) } else { firm.userName(&o, i / 2) }
            o.quote()
        }
    }

    static let calendar = Identity(thing: "Calendar")

    /// A field that reads null when the token's user may not look into a private entry.
    private mutating func visible(_ field: String, _ body: @escaping Writer) {
        set("CalendarEntry", field) { firm, i, o in
            if firm.entryIsPrivate(i) { o.null() } else { body(firm, i, &o) }
        }
    }

    private mutating func clock(_ field: String, _ instant: @escaping @Sendable (Firm, Int) -> Int) {
        set("CalendarEntry", field) { firm, i, o in
            if firm.entryAllDay(i) { return o.null() }
            o.quote()
            o.plainClock((instant(firm, i) - 28_800) % 86_400)
            o.quote()
        }
    }
}

extension Firm {
    func entryParent(_ i: Int) -> Int? {
        let draw = draw(.entryParent, i)
        return draw.inThousand(50) ? draw.again().below(count(.calendarEntries)) : nil
    }
}
