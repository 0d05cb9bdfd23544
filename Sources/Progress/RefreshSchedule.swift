internal import Foundation

/// When a timer refreshes: once a day at a time of day of a zone.
public struct RefreshSchedule: Sendable, Equatable {
    private let second: Int
    private let zone: TimeZone

    /// Reads the `OnCalendar=` of a systemd timer and of its drop-ins, in their order; an empty one forgets those before it.
    ///
    /// nil: there is none, or it is not of the form `*-*-* HH:MM[:SS] [ZONE]`. Then the next time is not known.
    public init?(units: [String]) {
        var found: RefreshSchedule?
        var count = 0
        for line in units.flatMap({ $0.split(whereSeparator: \.isNewline) }) {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == "OnCalendar" else { continue }
            let text = parts[1].trimmingCharacters(in: .whitespaces)
            if text.isEmpty {
                (found, count) = (nil, 0)
            } else {
                (found, count) = (RefreshSchedule(text), count + 1)
            }
        }
        guard let found, count == 1 else { return nil }
        self = found
    }

    private init?(_ text: String) {
        let words = text.split(separator: " ")
        guard (2...3).contains(words.count), words[0] == "*-*-*" else { return nil }
        let numbers = words[1].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard (2...3).contains(numbers.count), let hour = numbers[0], (0...23).contains(hour), let minute = numbers[1],
            (0...59).contains(minute), let rest = numbers.count == 3 ? numbers[2] : 0, (0...59).contains(rest)
        else { return nil }
        guard let zone = words.count == 3 ? TimeZone(identifier: String(words[2])) : .current else { return nil }
        second = hour * 3600 + minute * 60 + rest
        self.zone = zone
    }

    /// The first time after a moment, both in seconds since 1970.
    public func next(after now: Double) -> Double? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar.nextDate(
            after: Date(timeIntervalSince1970: now),
            matching: DateComponents(hour: second / 3600, minute: second / 60 % 60, second: second % 60),
            matchingPolicy: .nextTime)?.timeIntervalSince1970.rounded()
    }

    /// The schedule of the timer that is enabled for a connection, `cliosync-refresh@NAME.timer`; nil: none, or not known.
    /// - Parameter folder: where units are installed.
    public static func installed(connection: String, in folder: String = "/etc/systemd/system") -> RefreshSchedule? {
        let name = "cliosync-refresh@\(connection).timer"
        guard let unit = text("\(folder)/timers.target.wants/\(name)") else { return nil }
        // Those of the template come first.
        let dropIns = ["cliosync-refresh@.timer", name].flatMap { unit in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(unit).d")) ?? []
            return names.filter { $0.hasSuffix(".conf") }.sorted().compactMap { text("\(folder)/\(unit).d/\($0)") }
        }
        return RefreshSchedule(units: [unit] + dropIns)
    }

    private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }
}
