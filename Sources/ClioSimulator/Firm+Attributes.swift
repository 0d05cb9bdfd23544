/// The attributes that filters, orders and records share. Days count from 1970-01-01, instants in seconds since then.
extension Firm {
    // MARK: Matters

    /// 0 pending, 1 open, 2 closed.
    func matterStatus(_ i: Int) -> Int {
        let draw = draw(.matterStatus, i)
        return draw.inThousand(100) ? 0 : draw.inThousand(680) ? 1 : 2
    }

    /// One contact in each block of three is a client.
    func matterClient(_ i: Int) -> Int? {
        let contacts = count(.contacts)
        guard contacts > 0 else { return nil }
        return client(ofBlock: draw(.matterClient, i).below((contacts + 2) / 3))
    }

    func client(ofBlock block: Int) -> Int {
        let size = min(3, count(.contacts) - block * 3)
        return block * 3 + draw(.contactClient, block).below(size)
    }

    func matterArea(_ i: Int) -> Int? {
        let draw = draw(.matterArea, i)
        return draw.inThousand(120) || count(.practiceAreas) == 0 ? nil : draw.below(count(.practiceAreas))
    }

    func matterAttorney(_ i: Int) -> Int? { user(.matterAttorney, i, noneInThousand: 100) }
    func matterStaff(_ i: Int) -> Int? { user(.matterStaff, i, noneInThousand: 300) }
    func matterOriginator(_ i: Int) -> Int? { user(.matterOriginator, i, noneInThousand: 200) }
    func matterUser(_ i: Int) -> Int? { user(.matterUser, i, noneInThousand: 20) }

    private func user(_ trait: Trait, _ i: Int, noneInThousand: Int) -> Int? {
        let draw = draw(trait, i)
        return draw.inThousand(noneInThousand) || count(.users) == 0 ? nil : draw.below(count(.users))
    }

    func matterGroup(_ i: Int) -> Int? {
        let draw = draw(.matterGroup, i)
        return draw.inThousand(300) ? nil : draw.below(groups)
    }

    func matterOpen(_ i: Int) -> Int? {
        let draw = draw(.matterOpen, i)
        if matterStatus(i) == 0, draw.inThousand(600) { return nil }
        if draw.inThousand(15) { return nil }
        return created(.matters, i) / 86_400 - draw.again().below(20)
    }

    func matterClose(_ i: Int) -> Int? {
        guard matterStatus(i) == 2 else { return nil }
        let day = created(.matters, i) / 86_400
        return day + draw(.matterClose, i).below(max(1, min(900, now / 86_400 - day)))
    }

    func matterPending(_ i: Int) -> Int? {
        let draw = draw(.matterPending, i)
        guard matterStatus(i) == 0 || draw.inThousand(200) else { return nil }
        return created(.matters, i) / 86_400 - 20 - draw.below(30)
    }

    // MARK: Contacts

    func contactIsClient(_ i: Int) -> Bool {
        let contacts = count(.contacts)
        guard i < contacts else { return draw(.contactClient, i).inThousand(333) }
        return client(ofBlock: i / 3) == i
    }

    func contactIsCompany(_ i: Int) -> Bool { draw(.contactType, i).inThousand(300) }

    // MARK: Calendar entries

    func entryMatter(_ i: Int) -> Int? { matter(.entryMatter, i, noneInThousand: 300) }
    /// The user whose calendar holds the entry.
    func entryOwner(_ i: Int) -> Int { draw(.entryOwner, i).below(count(.users)) }
    func entryAllDay(_ i: Int) -> Bool { draw(.entryAllDay, i).inThousand(120) }
    func entryIsPrivate(_ i: Int) -> Bool { draw(.entryPrivate, i).inThousand(20) }

    func entryStart(_ i: Int) -> Int {
        let draw = draw(.entryStart, i)
        let day = created(.calendarEntries, i) / 86_400 + draw.below(150) - 20
        return entryAllDay(i) ? day * 86_400 : day * 86_400 + 8 * 3600 + draw.again().below(44) * 900
    }

    func entryEnd(_ i: Int) -> Int {
        let draw = draw(.entryLength, i)
        return entryStart(i) + (entryAllDay(i) ? (1 + draw.below(3)) * 86_400 : draw.below(17) * 900)
    }

    private func matter(_ trait: Trait, _ i: Int, noneInThousand: Int) -> Int? {
        let draw = draw(trait, i)
        return draw.inThousand(noneInThousand) || count(.matters) == 0 ? nil : draw.below(count(.matters))
    }

    // MARK: Tasks

    /// Place in pending, in_progress, in_review, complete, draft.
    func taskStatus(_ i: Int) -> Int {
        let draw = draw(.taskStatus, i)
        return draw.inThousand(350)
            ? 3 : draw.inThousand(650) ? 0 : draw.inThousand(850) ? 1 : draw.inThousand(930) ? 2 : 4
    }

    /// Place in High, Normal, Low.
    func taskPriority(_ i: Int) -> Int {
        let draw = draw(.taskPriority, i)
        return draw.inThousand(200) ? 0 : draw.inThousand(850) ? 1 : 2
    }

    func taskDue(_ i: Int) -> Int? {
        let draw = draw(.taskDue, i)
        return draw.inThousand(150) ? nil : created(.tasks, i) / 86_400 + draw.below(120) - 5
    }

    func taskDone(_ i: Int) -> Int? {
        guard taskStatus(i) == 3 else { return nil }
        let created = created(.tasks, i)
        return created + draw(.taskDone, i).below(max(1, min(60 * 86_400, now - created)))
    }

    func taskMatter(_ i: Int) -> Int? { matter(.taskMatter, i, noneInThousand: 200) }
    func taskAssigner(_ i: Int) -> Int? { user(.taskAssigner, i, noneInThousand: 80) }

    /// The person in charge: a user (place × 2) or a contact (place × 2 + 1), or none.
    func taskAssignee(_ i: Int) -> Int? {
        let draw = draw(.taskAssignee, i)
        if draw.inThousand(100) { return nil }
        if draw.inThousand(800) { return count(.users) == 0 ? nil : draw.again().below(count(.users)) * 2 }
        return count(.contacts) == 0 ? nil : draw.again().below(count(.contacts)) * 2 + 1
    }

    // MARK: Documents

    /// 0 a document that lists show, 1 trashed, 2 an unfinished upload.
    func documentState(_ i: Int) -> Int {
        i >= count(.documents) ? 0 : Firm.documentState(i)
    }

    private static func documentState(_ i: Int) -> Int {
        i % 50 == 17 ? 1 : i % 200 == 90 ? 2 : 0
    }

    /// How many places hold `visible` documents that lists show.
    static func places(visible: Int) -> Int {
        var place = 0
        var seen = 0
        while seen < visible {
            if documentState(place) == 0 { seen += 1 }
            place += 1
        }
        return place
    }

    func documentMatter(_ i: Int) -> Int? { matter(.documentMatter, i, noneInThousand: 250) }

    func documentContact(_ i: Int) -> Int? {
        if let matter = documentMatter(i) {
            return draw(.documentContact, i).inThousand(300) ? matterClient(matter) : nil
        }
        let draw = draw(.documentContact, i)
        return draw.inThousand(400) || count(.contacts) == 0 ? nil : draw.below(count(.contacts))
    }

    // MARK: Activities

    /// Place in TimeEntry, ExpenseEntry, HardCostEntry, SoftCostEntry.
    func activityType(_ i: Int) -> Int {
        let draw = draw(.activityType, i)
        return draw.inThousand(800) ? 0 : draw.inThousand(920) ? 1 : draw.inThousand(965) ? 2 : 3
    }

    func activityMatter(_ i: Int) -> Int? { matter(.activityMatter, i, noneInThousand: 60) }
    func activityUser(_ i: Int) -> Int? { user(.activityUser, i, noneInThousand: 15) }

    func activityDate(_ i: Int) -> Int {
        let draw = draw(.activityDate, i)
        return created(.activities, i) / 86_400
            - (draw.inThousand(700) ? 0 : draw.again().below(draw.inThousand(980) ? 14 : 700))
    }

    /// Seconds of a time entry, in steps of six minutes; hundredths of a unit otherwise.
    func activityQuantity(_ i: Int) -> Int {
        let draw = draw(.activityQuantity, i)
        return activityType(i) == 0
            ? (1 + draw.below(40)) * 360 - (draw.inThousand(100) ? 77 : 0) : 100 * (1 + draw.below(9))
    }

    func activityRedacted(_ i: Int) -> Bool { draw(.activityRedacted, i).inThousand(20) }
    /// Cents.
    func activityPrice(_ i: Int) -> Int {
        let draw = draw(.activityPrice, i)
        return draw.inThousand(30) ? 0 : 1_500 + draw.below(500) * 125
    }

    func activityNonBillable(_ i: Int) -> Bool { draw(.activityNonBillable, i).inThousand(130) }

    /// 0 unbilled, 1 on a draft bill, 2 billed, 3 written off.
    func activityBilling(_ i: Int) -> Int {
        if activityNonBillable(i) { return 0 }
        let draw = draw(.activityBilling, i)
        return draw.inThousand(500) ? 2 : draw.inThousand(580) ? 1 : draw.inThousand(990) ? 0 : 3
    }
}
