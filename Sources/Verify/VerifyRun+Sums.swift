internal import Pipelines
internal import SQLite

extension VerifyRun {
    /// The sums that a table must have: over the raw lines whose versions count, without the values that a rule made
    /// NULL.
    func expectedSums(_ table: Table, _ columns: [SummedColumn]) throws -> [ExactSum] {
        var sums = columns.map { _ in ExactSum() }
        for feeder in staged.sources(ofTable: table.name) {
            guard let facts = try rawFacts(feeder) else { continue }
            for (index, sum) in facts.sums.enumerated() { sums[index] += sum }
        }
        let emptied = try connection.prepare(
            """
            SELECT e.position, e.value FROM \(LayerScan.emptied(table)) AS e
            WHERE EXISTS (SELECT 1 FROM \(LayerScan.table(table)) AS v
                WHERE v.id = e.id AND v.sequence = e.sequence AND v.rejected = 0)
            """)
        while try emptied.step() { sums[Int(emptied.int64(at: 0))].subtract(emptied.value(at: 1)) }
        return sums
    }

    /// Both sides of one column: equal to the last bit, and over as many values.
    func compare(_ column: SummedColumn, _ expected: ExactSum, _ actual: ExactSum) {
        var difference = actual
        difference.subtract(expected)
        report.checks.append(
            .init(
                phase: "", entity: column.holder, check: "sum(\(column.name))", expected: .sum(expected.double),
                actual: .sum(actual.double), ok: expected == actual,
                detail: "sum of \(expected.count) values in the raw lines of the rows, of \(actual.count) in the table"
                    + (expected == actual
                        ? ""
                        : "; they differ by \(difference.double); run transform, then load, both with --force")))
    }
}
