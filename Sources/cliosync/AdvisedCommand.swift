import ArgumentParser
import Synchronization

/// The commands that messages advise. The modules below name a command and what it works on; here it gets the options that
/// this process was given, so that it does what it says when it is run as it is shown.
enum AdvisedCommand {
    private static let current = Mutex(GivenOptions())

    /// What this process was given.
    static var given: GivenOptions {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    /// The options that a parsed command holds; none where it takes none.
    static func given(to command: any ParsableCommand) -> GivenOptions {
        for child in Mirror(reflecting: command).children {
            switch child.value {
            case let group as OptionGroup<CommonOptions>: return group.wrappedValue.given
            case let group as OptionGroup<AuthOptions>: return group.wrappedValue.given
            default: continue
            }
        }
        return GivenOptions()
    }

    /// A text with the options in every command that it names between backquotes.
    static func completed(_ text: String, with given: GivenOptions = given) -> String {
        guard given != GivenOptions(), text.contains("`cliosync ") else { return text }
        var parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        // Every second part is between two backquotes; what has no end is no command.
        for index in parts.indices where index % 2 == 1 && index + 1 < parts.count {
            guard parts[index].hasPrefix("cliosync ") else { continue }
            parts[index] += given.text(for: String(parts[index].dropFirst("cliosync ".count)))
        }
        return parts.joined(separator: "`")
    }
}
