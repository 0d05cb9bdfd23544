/// A law firm that is computed, not stored: every attribute of a record follows from the seed, the kind and the place.
///
/// Immutable; a change makes a new value that shares everything with the old one.
final class Firm: Sendable {
    let seed: UInt64
    let shape: FirmShape
    /// Midnight (UTC) of the firm's last day, in seconds since 1970; nothing but changes is later.
    let now: Int
    /// The first instant of the firm's history.
    let start: Int
    let changes: Changes
    let defectShare: Double
    /// Records at the start, by kind, with documents that a plain list hides.
    let original: [Int]
    /// Places of all records, by kind, added ones and deleted ones too.
    let total: [Int]
    let currencies = 3
    let groups: Int
    /// Custom fields of matters, and as many of contacts.
    static let customFields = 8
    static let billsOfMatter = 2
    let lexicon = Lexicon()
    /// The firm's account: its id follows from the seed.
    let accountID: Int
    let accountName: String

    init(
        seed: UInt64, shape: FirmShape, today: Int, defectShare: Double, changes: Changes = Changes(),
        accountName: String = "Simulated & Partners LLP"
    ) {
        accountID = 1_000_000_000 + mixed(seed ^ 0xACC0).below(1_000_000_000)
        self.accountName = accountName
        self.seed = mixed(seed)
        self.shape = shape
        self.changes = changes
        self.defectShare = defectShare
        now = today * 86_400
        start = now - 8 * 365 * 86_400
        groups = Firm.groups(shape)
        var counts = shape.counts
        counts[Kind.documents.rawValue] = Firm.places(visible: shape.counts[Kind.documents.rawValue])
        original = counts
        total = zip(counts, changes.additions).map { $0 + $1.count }
    }

    static func groups(_ shape: FirmShape) -> Int { max(2, min(12, shape.users / 6)) }

    /// The firm after a change.
    func changed(_ changes: Changes, rawSeed: UInt64) -> Firm {
        Firm(
            seed: rawSeed, shape: shape, today: now / 86_400, defectShare: defectShare, changes: changes,
            accountName: accountName)
    }

    /// A draw for one trait of one record.
    @inline(__always)
    func draw(_ trait: Trait, _ index: Int) -> UInt64 {
        draw(salt: trait.rawValue, index)
    }

    @inline(__always)
    func draw(salt: UInt64, _ index: Int) -> UInt64 {
        mixed(
            mixed(seed &+ salt &* 0xA24B_AED4_963E_E407) ^ (UInt64(bitPattern: Int64(index)) &* 0x9FB2_1C65_1E98_DF25))
    }

    func count(_ kind: Kind) -> Int {
        original[kind.rawValue]
    }

    func exists(_ kind: Kind, _ index: Int) -> Bool {
        index >= 0 && index < total[kind.rawValue] && !changes.deletions[kind.rawValue].contains(index)
    }

    /// Seconds that a record may have been created before one with a lower id, as where several servers give out ids.
    private static let stepsOut = 6 * 3600

    /// When a record was created, in seconds since 1970; grows with the place, give or take some hours.
    func created(_ kind: Kind, _ index: Int) -> Int {
        let count = original[kind.rawValue]
        if index >= count {
            let additions = changes.additions[kind.rawValue]
            // A record that only others name is as new as the firm.
            return index - count < additions.count ? additions[index - count] : now
        }
        let span = now - start - 20 * 86_400
        if kind == .users || kind == .practiceAreas { return start - index * 86_400 * 3 }
        return start + Int(Double(span) * Double(index) / Double(max(count, 1)))
            + draw(salt: 0x1000 + UInt64(kind.rawValue), index).below(Self.stepsOut)
    }

    /// When a record was last updated, in seconds since 1970; never before it was created.
    func updated(_ kind: Kind, _ index: Int) -> Int {
        if let edit = changes.edits[kind.rawValue][index] { return edit.at }
        let created = created(kind, index)
        let draw = draw(salt: 0x2000 + UInt64(kind.rawValue), index)
        if draw.inThousand(250) || created >= now { return created }
        return created + draw.again().below(min(now - created, draw.inThousand(900) ? 90 * 86_400 : now - created))
    }

    func revision(_ kind: Kind, _ index: Int) -> Int {
        changes.edits[kind.rawValue].isEmpty ? 0 : changes.edits[kind.rawValue][index]?.revision ?? 0
    }

    /// The two halves of a record's etag.
    func etag(salt: UInt64, _ index: Int, revision: Int) -> (UInt64, UInt64) {
        let high = draw(salt: salt ^ UInt64(revision) &* 0x1_0001, index)
        return (high, high.again(7))
    }
}

/// The traits that are drawn for a record; the numbers keep the draws apart.
enum Trait: UInt64 {
    case matterStatus = 1, matterClient, matterArea, matterAttorney, matterStaff, matterOriginator, matterGroup
    case matterOpen, matterClose, matterPending, matterUser, matterNumber, matterText, matterBilling, matterCurrency
    case matterStage, matterLimitation
    case contactClient = 40, contactType, contactGiven, contactFamily, contactBirth, contactCompany, contactMail
    case contactPhones, contactMails, contactAddresses, contactTitle
    case entryMatter = 60, entryOwner, entryStart, entryLength, entryAllDay, entryPrivate, entryRule, entryText
    case entryAttendees, entryParent
    case taskMatter = 80, taskStatus, taskPriority, taskDue, taskAssignee, taskAssigner, taskEstimate, taskText,
        taskType
    case taskDone
    case documentMatter = 100, documentContact, documentName, documentSize, documentCreator, documentCategory
    case documentParent
    case activityType = 120, activityMatter, activityUser, activityDate, activityQuantity, activityPrice
    case activityRedacted, activityBilling, activityText, activitySubject, activityOrigin, activityNonBillable
    case userName = 150, userRate, userEnabled
    case customValue = 170
    case defect = 190, defectName, defectValue
}
