/// Writes the value of one field of the record at a place.
typealias Writer = @Sendable (Firm, Int, inout Output) -> Void

/// Knows for every field of every schema how its value is made.
///
/// Fields that mean something to a sync (names, dates, amounts, references) are named one by one in the extensions;
/// everything else is filled by its type, so that a schema is never half empty.
struct Writers: Sendable {
    private var table: [String: Writer] = [:]

    init() {
        addMatters()
        addContacts()
        addEntries()
        addTasks()
        addDocuments()
        addActivities()
        addPeople()
        addParts()
        addNames()
        addLedgers()
    }

    mutating func set(_ thing: String, _ field: String, _ writer: @escaping Writer) {
        table[thing + "." + field] = writer
    }

    func writer(_ field: Catalog.Field, of schema: String) -> Writer {
        let thing = Catalog.thing(schema)
        if let own = table[thing + "." + field.name] { return own }
        let salt = fingerprint(thing + "." + field.name)
        if let kind = Kind.of(thing: thing), let shared = kindWriter(field, kind: kind) { return shared }
        switch (field.name, field.shape) {
        case ("id", .text):
            let identity = Identity(thing: thing)
            return { _, i, o in
                o.quote()
                o.int(identity.id(i))
                o.quote()
            }
        case ("id", _):
            let identity = Identity(thing: thing)
            return { _, i, o in o.int(identity.id(i)) }
        case ("etag", _):
            return { firm, i, o in Writers.etag(firm.etag(salt: salt, i, revision: 0), &o) }
        case ("created_at", _):
            let drawn = fingerprint(thing + ".created_at")
            return { firm, i, o in
                let draw = firm.draw(salt: drawn, i)
                o.instant(firm.start + draw.below(6 * 365 * 86_400), draw: draw >> 40)
            }
        case ("updated_at", _):
            let drawn = fingerprint(thing + ".created_at")
            return { firm, i, o in
                let draw = firm.draw(salt: drawn, i)
                o.instant(
                    firm.start + draw.below(6 * 365 * 86_400) + draw.again().below(600 * 86_400), draw: draw >> 43)
            }
        default:
            return generic(field, salt: salt)
        }
    }

    /// What all records that have a list share: ids, etags and the two instants.
    private func kindWriter(_ field: Catalog.Field, kind: Kind) -> Writer? {
        let identity = kind.identity
        switch (field.name, field.shape) {
        case ("id", .text):
            return { _, i, o in
                o.quote()
                o.int(identity.id(i))
                o.quote()
            }
        case ("id", _): return { _, i, o in o.int(identity.id(i)) }
        case ("etag", _):
            return { firm, i, o in
                Writers.etag(firm.etag(salt: identity.salt, i, revision: firm.revision(kind, i)), &o)
            }
        case ("created_at", _):
            return { firm, i, o in o.instant(firm.created(kind, i), draw: firm.draw(salt: identity.salt &+ 1, i)) }
        case ("updated_at", _):
            return { firm, i, o in o.instant(firm.updated(kind, i), draw: firm.draw(salt: identity.salt &+ 2, i)) }
        default: return nil
        }
    }

    /// Clio's etags hold their own quotes.
    static func etag(_ halves: (UInt64, UInt64), _ output: inout Output) {
        output.raw(#""\""#)
        output.hex(halves.0)
        output.hex(halves.1)
        output.raw(#"\"""#)
    }

    /// Plain ids in nested records that are those of records that have a list.
    private static let linkedKinds: [String: Kind] = [
        "contact_id": .contacts, "co_counsel_contact_id": .contacts, "matter_id": .matters, "document_id": .documents,
        "user_id": .users,
    ]

    private func generic(_ field: Catalog.Field, salt: UInt64) -> Writer {
        let name = field.name
        switch field.shape {
        case .integer where Self.linkedKinds[name] != nil:
            let kind = Self.linkedKinds[name] ?? .contacts
            return { firm, i, o in
                let draw = firm.draw(salt: salt, i)
                let count = firm.original[kind.rawValue]
                if draw.inThousand(150) || count == 0 { return o.null() }
                let place = draw.below(count)
                // What is in the trash is in no list.
                if kind == .documents, firm.documentState(place) != 0 { return o.null() }
                o.int(kind.identity.id(place))
            }
        case .integer where name.hasSuffix("_id"):
            return { firm, i, o in
                let draw = firm.draw(salt: salt, i)
                if draw.inThousand(150) { o.null() } else { o.int(5_000_000_000 + draw.below(3_000_000_000)) }
            }
        case .integer:
            return { firm, i, o in o.int(firm.draw(salt: salt, i).below(100)) }
        case .decimal:
            return { firm, i, o in
                let draw = firm.draw(salt: salt, i)
                if draw.inThousand(80) { o.null() } else { o.decimal(draw.below(900_000), places: 2) }
            }
        case .boolean:
            return { firm, i, o in o.bool(firm.draw(salt: salt, i).inThousand(400)) }
        case .date:
            return { firm, i, o in
                let draw = firm.draw(salt: salt, i)
                o.date(draw.inThousand(200) ? nil : firm.start / 86_400 + draw.below(2_900))
            }
        case .instant:
            let rare = name == "deleted_at" || name.hasSuffix("sent_at")
            return { firm, i, o in
                let draw = firm.draw(salt: salt, i)
                if draw.inThousand(rare ? 960 : 200) { return o.null() }
                o.instant(firm.start + draw.below(2_900 * 86_400), draw: draw >> 40)
            }
        case .texts:
            return { firm, i, o in
                o.raw(firm.draw(salt: salt, i).inThousand(500) ? #"["one","two \"quoted\""]"# : "[]")
            }
        case .choice(let values):
            let fragments = values.map { Array("\"\($0)\"".utf8) }
            return { firm, i, o in o.raw(fragments[firm.draw(salt: salt, i).below(fragments.count)]) }
        case .text:
            return text(name, salt: salt)
        case .one, .many:
            return { _, _, o in o.null() }
        }
    }

    private func text(_ name: String, salt: UInt64) -> Writer {
        if name.hasSuffix("url") {
            return { firm, i, o in
                o.raw(#""https:\/\/files.example.com\/a?x=1&y="#)
                o.int(firm.draw(salt: salt, i).below(1_000_000))
                o.quote()
            }
        }
        if name.contains("email") || name.contains("address") {
            return { firm, i, o in
                o.raw(#""person"#)
                o.int(firm.draw(salt: salt, i).below(100_000))
                o.raw(#"@example.com""#)
            }
        }
        if name == "name" || name.hasSuffix("_name") || name == "option" || name == "code" || name == "type" {
            return { firm, i, o in
                let draw = firm.draw(salt: salt, i)
                o.quote()
                o.raw(firm.lexicon.words[draw.below(firm.lexicon.words.count)])
                o.byte(0x20)
                o.int(draw.again().below(100))
                o.quote()
            }
        }
        return { firm, i, o in
            let draw = firm.draw(salt: salt, i)
            if draw.inThousand(250) { return o.null() }
            firm.pick(&o, firm.lexicon.phrases, draw)
        }
    }
}
