/// The fields that a request asked for, ready to be written for any record.
final class Plan: Sendable {
    /// One key of a record.
    struct Step: Sendable {
        let name: String
        /// The key with its quotes and colon.
        let key: [UInt8]
        let value: Value
    }

    enum Value: Sendable {
        case scalar(Writer)
        case one(Links.One, Plan)
        case many(Links.Many, Plan)
    }

    let steps: [Step]

    init(steps: [Step]) {
        self.steps = steps
    }

    func write(_ firm: Firm, _ index: Int, into output: inout Output) {
        output.byte(0x7B)
        var first = true
        for step in steps {
            if !first { output.byte(0x2C) }
            first = false
            output.raw(step.key)
            Plan.write(step.value, firm, index, into: &output)
        }
        output.byte(0x7D)
    }

    static func write(_ value: Value, _ firm: Firm, _ index: Int, into output: inout Output) {
        switch value {
        case .scalar(let writer):
            writer(firm, index, &output)
        case .one(let link, let plan):
            if let target = link(firm, index) { plan.write(firm, target, into: &output) } else { output.null() }
        case .many(let link, let plan):
            output.byte(0x5B)
            var first = true
            for target in link(firm, index) {
                if !first { output.byte(0x2C) }
                first = false
                plan.write(firm, target, into: &output)
            }
            output.byte(0x5D)
        }
    }
}

/// Turns `fields` into plans.
struct Planner: Sendable {
    let catalog = Catalog()
    let writers = Writers()
    let links = Links()

    /// The plan for a `fields` value (nil: what comes back when nothing is asked for).
    func plan(_ fields: String?, schema: String) throws(QueryError) -> Plan {
        guard let fields, !fields.isEmpty else { return try plan(catalog.defaults(schema).map { ($0, nil) }, schema) }
        return try plan(try Planner.parse(fields), schema)
    }

    /// Every field and association of a schema, with every field inside the braces: the longest `fields` there is.
    func everything(schema: String) -> String {
        catalog.fields(schema).map { field in
            switch field.shape {
            case .one(let target), .many(let target):
                "\(field.name){\(catalog.fields(target).map(\.name).joined(separator: ","))}"
            default: field.name
            }
        }.joined(separator: ",")
    }

    /// Splits `a,b{c,d}` into its names; one level of braces and no more.
    static func parse(_ text: String) throws(QueryError) -> [(String, [String]?)] {
        var result: [(String, [String]?)] = []
        var name: [UInt8] = []
        var inner: [String]?
        var closed = false
        func word() -> String { String(decoding: name, as: UTF8.self) }
        for byte in text.utf8 {
            switch (byte, inner) {
            case (0x7B, nil) where !closed && !name.isEmpty:
                result.append((word(), nil))
                name = []
                inner = []
            case (0x7B, .some):
                throw invalid("only one level of nesting is allowed")
            case (0x7D, .some(let names)):
                result[result.count - 1].1 = names + [word()]
                name = []
                inner = nil
                closed = true
            case (0x2C, .some(let names)):
                inner = names + [word()]
                name = []
            case (0x2C, nil):
                if !closed { result.append((word(), nil)) }
                name = []
                closed = false
            case (0x7B, _), (0x7D, _):
                throw invalid("unexpected brace")
            default:
                if closed { throw invalid("a comma is missing after a brace") }
                name.append(byte)
            }
        }
        if inner != nil { throw invalid("a brace is not closed") }
        if !closed { result.append((word(), nil)) }
        return result
    }

    private static func invalid(_ why: String) -> QueryError {
        QueryError(status: 400, type: "InvalidFields", message: "The fields parameter is invalid: \(why).")
    }

    private func plan(_ names: [(String, [String]?)], _ schema: String) throws(QueryError) -> Plan {
        var steps: [Plan.Step] = []
        for (name, inner) in names where !steps.contains(where: { $0.name == name }) {
            guard let field = catalog.field(name, of: schema) else {
                throw Planner.invalid("\(name.prefix(60)) is not a field of \(Catalog.thing(schema))")
            }
            let value: Plan.Value
            switch field.shape {
            case .one(let target):
                value = .one(links.one(field, of: schema, target: target), try nested(inner, target))
            case .many(let target):
                value = .many(links.many(field, of: schema, target: target), try nested(inner, target))
            default:
                guard inner == nil else { throw Planner.invalid("\(name) has no fields of its own") }
                value = .scalar(writers.writer(field, of: schema))
            }
            steps.append(Plan.Step(name: name, key: Array("\"\(name)\":".utf8), value: value))
        }
        return Plan(steps: steps)
    }

    private func nested(_ inner: [String]?, _ schema: String) throws(QueryError) -> Plan {
        try plan((inner ?? catalog.defaults(schema)).map { ($0, nil) }, schema)
    }
}
