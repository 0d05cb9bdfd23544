/// How many records of each kind a simulated firm holds.
public struct FirmShape: Sendable, Equatable {
    /// Matters.
    public var matters: Int
    /// Contacts, a third of them clients.
    public var contacts: Int
    /// Calendar entries.
    public var calendarEntries: Int
    /// Tasks.
    public var tasks: Int
    /// Documents that a plain list shows; trashed and unfinished ones come on top.
    public var documents: Int
    /// Activities, about 80 % of them time entries.
    public var activities: Int
    /// Users.
    public var users: Int
    /// Practice areas.
    public var practiceAreas: Int

    /// Makes a shape from its counts.
    public init(
        matters: Int, contacts: Int, calendarEntries: Int, tasks: Int, documents: Int, activities: Int, users: Int = 12,
        practiceAreas: Int = 8
    ) {
        self.matters = matters
        self.contacts = contacts
        self.calendarEntries = calendarEntries
        self.tasks = tasks
        self.documents = documents
        self.activities = activities
        self.users = users
        self.practiceAreas = practiceAreas
    }

    /// 5,400 records.
    public static let small = FirmShape(
        matters: 300, contacts: 600, calendarEntries: 800, tasks: 300, documents: 900, activities: 2_500, users: 8,
        practiceAreas: 6)
    /// 66,000 records; calendar entries pass the wall of 10,000 rows.
    public static let medium = FirmShape(
        matters: 1_500, contacts: 5_000, calendarEntries: 12_000, tasks: 2_500, documents: 15_000, activities: 30_000,
        users: 25, practiceAreas: 12)
    /// 158,000 records.
    public static let large = FirmShape(
        matters: 8_000, contacts: 30_000, calendarEntries: 20_000, tasks: 10_000, documents: 40_000,
        activities: 50_000, users: 120, practiceAreas: 20)
    /// 1,140,000 records.
    public static let enterprise = FirmShape(
        matters: 20_000, contacts: 100_000, calendarEntries: 80_000, tasks: 40_000, documents: 300_000,
        activities: 600_000, users: 400, practiceAreas: 30)

    /// The shape called `name` (small, medium, large, enterprise), or nil.
    public static func named(_ name: String) -> FirmShape? {
        [
            "small": small, "medium": medium, "large": large, "enterprise": enterprise,
        ][name]
    }

    /// The counts in the order of ``Kind``.
    var counts: [Int] {
        let counted = [matters, contacts, calendarEntries, tasks, documents, activities, users, practiceAreas]
        return Kind.allCases.map { kind in
            max(0, counted.indices.contains(kind.rawValue) ? counted[kind.rawValue] : kind.share(of: self))
        }
    }
}
