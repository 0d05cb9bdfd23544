/// One way in which a record is broken, and the rule that a pipeline should break it by.
struct Defect: Sendable {
    /// What the broken field says instead.
    enum Damage: Sendable {
        /// The key is missing although it was asked for.
        case missing
        /// Other JSON (or what pretends to be JSON) for the value.
        case value(@Sendable (Firm, Int, inout Output) -> Void)
    }

    let name: String
    let rule: String
    /// The path of the broken field; `closes_after_opening` and the like name one of the two fields.
    let path: String
    /// Whether the id cannot be read from the record.
    let hidesID: Bool
    let damage: Damage
    /// Whether the record at a place can be broken in this way without another filter or order seeing it.
    let applies: @Sendable (Firm, Int) -> Bool
    /// The key of the record that is broken, and the key inside it.
    let key: String
    let innerKey: String?

    init(
        _ name: String, _ rule: String, _ path: String, hidesID: Bool = false, _ damage: Damage,
        applies: @escaping @Sendable (Firm, Int) -> Bool = { _, _ in true }
    ) {
        self.name = name
        self.rule = rule
        self.path = path
        self.hidesID = hidesID
        self.damage = damage
        self.applies = applies
        let parts = path.split(separator: ".")
        key = String(parts[0].prefix { $0 != "[" })
        innerKey = parts.count > 1 ? String(parts[1]) : nil
    }

    static func text(_ json: StaticString) -> Damage {
        .value { _, _, output in output.raw(json) }
    }

    /// The defects of each kind. A broken record keeps its place in every order and filter: only what is written differs.
    static let catalog: [Kind: [Defect]] = {
        let orphan = Damage.value { _, index, output in output.int(999_000_000_000 + index) }
        let hasNoID = Defect("no_id", "required", "id", hidesID: true, .missing)
        return [
            .matters: [
                Defect(
                    "bad_date", "type", "open_date",
                    .value { firm, index, output in
                        output.raw(firm.draw(.defectValue, index) & 1 == 0 ? #""not-a-date""# : #""2023-02-30""#)
                    }),
                Defect("unknown_status", "allowed", "status", text(#""Archived""#)),
                Defect("client_id_text", "type", "client.id", text(#""abc""#), applies: { $0.matterClient($1) != nil }),
                Defect(
                    "close_before_open", "closes_after_opening", "close_date",
                    .value { firm, index, output in
                        output.date((firm.matterOpen(index) ?? 0) - 30)
                    }, applies: { $0.matterClose($1) != nil && $0.matterOpen($1) != nil }),
                Defect("no_display_number", "required", "display_number", text("null")),
                Defect(
                    "id_overflow", "type", "id", hidesID: true,
                    .value { _, index, output in
                        // 18446744073709551616 and on: one more than 64 bits hold.
                        output.raw("18446744073")
                        output.int(709_551_616 + index)
                    }),
                Defect("number_overflow", "type", "number", text("99999999999999999999")),
                Defect("lone_surrogate", "json", "description", text(#""half a pair \ud800 here""#)),
                Defect("bad_currency", "pattern", "currency.code", text(#""dollars""#)),
                hasNoID,
            ],
            .contacts: [
                Defect("unknown_type", "allowed", "type", text(#""Robot""#)),
                Defect("bad_birth_date", "type", "date_of_birth", text(#""31\/12\/1970""#)),
                Defect(
                    "phone_as_number", "type", "phone_numbers[0].number", text("5550100"),
                    applies: { $0.contactPhones($1) > 0 }),
                Defect("no_name", "required", "name", text("null")),
                Defect(
                    "invalid_utf8", "json", "title",
                    .value { _, _, output in
                        output.raw(#""Dire"#)
                        output.raw([0xFF, 0xC3, 0x28] as [UInt8])
                        output.raw(#"ctor""#)
                    }),
                // Not on clients: `client_only` must still find clients and nothing else.
                Defect("is_client_text", "type", "is_client", text(#""yes""#), applies: { !$0.contactIsClient($1) }),
            ],
            .calendarEntries: [
                Defect(
                    "end_before_start", "ends_after_start", "end_at",
                    .value { firm, index, output in
                        output.instant(firm.entryStart(index) - 7_200, draw: 2)
                    }),
                Defect("impossible_time", "type", "start_at", text(#""2025-13-40T99:00:00Z""#)),
                hasNoID,
                Defect("orphan_matter", "reference", "matter.id", orphan, applies: { $0.entryMatter($1) != nil }),
            ],
            .tasks: [
                Defect("unknown_status", "allowed", "status", text(#""someday""#)),
                Defect("unknown_priority", "allowed", "priority", text(#""Urgent""#)),
                Defect("bad_due_date", "type", "due_at", text(#""2024-00-10""#), applies: { $0.taskDue($1) != nil }),
                Defect("negative_estimate", "range", "time_estimated", text("-900")),
            ],
            .documents: [
                Defect("negative_size", "range", "size", text("-1")),
                Defect("size_text", "type", "size", text(#""12 KB""#)),
                Defect("bad_created_at", "type", "created_at", text(#""yesterday""#)),
                Defect("orphan_matter", "reference", "matter.id", orphan, applies: { $0.documentMatter($1) != nil }),
            ],
            .activities: [
                Defect("price_text", "type", "price", text(#""n\/a""#)),
                Defect("bad_date", "type", "date", text(#""2023-13-01""#)),
                Defect("negative_quantity", "range", "quantity", text("-360.0"), applies: { !$0.activityRedacted($1) }),
                Defect("no_date", "required", "date", text("null")),
                Defect("orphan_matter", "reference", "matter.id", orphan, applies: { $0.activityMatter($1) != nil }),
                Defect("orphan_user", "reference", "user.id", orphan, applies: { $0.activityUser($1) != nil }),
                hasNoID,
            ],
        ].merging(ledgers) { first, _ in first }
    }()

    /// Defects of the other lists. Lists whose ids other records carry are healthy: the records would be orphans.
    private static var ledgers: [Kind: [Defect]] {
        let orphan = Damage.value { _, index, output in output.int(999_000_000_000 + index) }
        let hasNoID = Defect("no_id", "required", "id", hidesID: true, .missing)
        let badCreation = Defect("bad_created_at", "type", "created_at", text(#""yesterday""#))
        let orphanMatter = Defect(
            "orphan_matter", "reference", "matter.id", orphan, applies: { firm, _ in firm.count(.matters) > 0 })
        return [
            .relationships: [hasNoID, badCreation, orphanMatter],
            .logEntries: [hasNoID, badCreation, Defect("unknown_type", "allowed", "type", text(#""Gossip""#))],
            .communications: [
                badCreation, orphanMatter, Defect("unknown_type", "allowed", "type", text(#""Pigeon""#)),
            ],
            .lineItems: [
                hasNoID, orphanMatter, Defect("unknown_kind", "allowed", "kind", text(#""Favour""#)),
                Defect("total_text", "type", "total", text(#""n\/a""#)),
            ],
            .allocations: [
                badCreation, orphanMatter, Defect("amount_text", "type", "amount", text(#""some""#)),
                Defect("no_amount", "required", "amount", text("null")),
            ],
            .bankTransactions: [hasNoID, orphanMatter, Defect("bad_date", "type", "date", text(#""2023-13-01""#))],
            .trustLineItems: [
                hasNoID, orphanMatter, Defect("bad_date", "type", "date", text(#""2023-13-01""#)),
                Defect("no_total", "required", "total", text("null")),
            ],
            .bills: [
                Defect("unknown_state", "allowed", "state", text(#""lost""#)),
                Defect("balance_text", "type", "balance", text(#""n\/a""#)),
            ],
        ]
    }
}

extension Firm {
    /// How the record at a place is broken; nil for a healthy one. Records added later are healthy, and so is every
    /// activity that is not a time entry.
    func defect(_ kind: Kind, _ index: Int) -> Defect? {
        guard defectShare > 0, index < original[kind.rawValue], let defects = Defect.catalog[kind] else { return nil }
        let draw = draw(salt: Trait.defect.rawValue << 8 + UInt64(kind.rawValue), index)
        guard Double(draw >> 11) / Double(1 << 53) < defectShare else { return nil }
        if kind == .activities, activityType(index) != 0 { return nil }
        if kind == .documents, documentState(index) != 0 { return nil }
        let first = draw.again(3).below(defects.count)
        for step in 0..<defects.count {
            let defect = defects[(first + step) % defects.count]
            if defect.applies(self, index) { return defect }
        }
        return nil
    }
}

extension Plan {
    /// Writes a record as the list shows it: broken if it is to be, with what else the end point adds.
    func writeRecord(_ firm: Firm, _ kind: Kind, _ index: Int, extras: Bool, into output: inout Output) {
        let begin = output.bytes.count
        if let defect = firm.defect(kind, index) {
            writeBroken(firm, index, defect, into: &output)
        } else {
            write(firm, index, into: &output)
        }
        let redacted = kind == .calendarEntries && firm.entryIsPrivate(index)
        guard redacted || extras else { return }
        output.bytes.removeLast()
        var comma = output.bytes.count > begin + 1
        if redacted {
            if comma { output.byte(0x2C) }
            output.raw(#""redacted":true"#)
            comma = true
        }
        if extras {
            if comma { output.byte(0x2C) }
            output.raw(#""x_beta":{"flags":[1,null,"two"],"on":true},"x_rank":12.5"#)
        }
        output.byte(0x7D)
    }

    private func writeBroken(_ firm: Firm, _ index: Int, _ defect: Defect, into output: inout Output) {
        output.byte(0x7B)
        var first = true
        for step in steps {
            let hit = step.name == defect.key
            if hit, defect.innerKey == nil, case .missing = defect.damage { continue }
            if !first { output.byte(0x2C) }
            first = false
            output.raw(step.key)
            if hit {
                Plan.writeDamaged(step.value, firm, index, defect, into: &output)
            } else {
                Plan.write(step.value, firm, index, into: &output)
            }
        }
        output.byte(0x7D)
    }

    private static func writeDamaged(
        _ value: Value, _ firm: Firm, _ index: Int, _ defect: Defect, into output: inout Output
    ) {
        guard case .value(let damage) = defect.damage else { return output.null() }
        switch value {
        case .scalar:
            damage(firm, index, &output)
        case .one(let link, let plan):
            guard let target = link(firm, index) else { return output.null() }
            plan.write(firm, target, replacing: defect.innerKey, by: { damage(firm, index, &$0) }, into: &output)
        case .many(let link, let plan):
            output.byte(0x5B)
            for (position, target) in link(firm, index).enumerated() {
                if position > 0 { output.byte(0x2C) }
                plan.write(
                    firm, target, replacing: position == 0 ? defect.innerKey : nil, by: { damage(firm, index, &$0) },
                    into: &output)
            }
            output.byte(0x5D)
        }
    }

    private func write(
        _ firm: Firm, _ index: Int, replacing name: String?, by damage: (inout Output) -> Void,
        into output: inout Output
    ) {
        output.byte(0x7B)
        for (position, step) in steps.enumerated() {
            if position > 0 { output.byte(0x2C) }
            output.raw(step.key)
            if step.name == name { damage(&output) } else { Plan.write(step.value, firm, index, into: &output) }
        }
        output.byte(0x7D)
    }
}
