import Foundation

/// What can be seen of the process that started this one.
struct ParentSigns: Equatable {
    /// One end of a pipe or socket that a process was started with.
    enum Pipe: Equatable {
        /// A file, a terminal, `/dev/null`: nothing can be seen there.
        case none
        case open
        /// The other end was closed.
        case closed
    }

    /// Why it counts as ended.
    enum End: Equatable {
        case process, input, output
    }

    var parent: pid_t
    var input: Pipe
    /// Standard output and standard error.
    var outputs: [Pipe]

    /// As they are now.
    static var now: ParentSigns {
        ParentSigns(
            parent: getppid(), input: pipe(STDIN_FILENO), outputs: [pipe(STDOUT_FILENO), pipe(STDERR_FILENO)])
    }

    /// How its end shows; nil: it does not.
    /// - Parameter beginning: what was seen first. An input that was closed then is that of a script, and is ignored.
    func end(since beginning: ParentSigns) -> End? {
        if parent != beginning.parent { return .process }
        if beginning.input == .open, input == .closed { return .input }
        return outputs.contains(.closed) ? .output : nil
    }

    static func pipe(_ descriptor: Int32) -> Pipe {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, [S_IFIFO, S_IFSOCK].contains(facts.st_mode & S_IFMT) else { return .none }
        var item = pollfd(fd: descriptor, events: 0, revents: 0)
        guard poll(&item, 1, 0) >= 0 else { return .none }
        return item.revents & Int16(POLLHUP | POLLERR) != 0 ? .closed : .open
    }
}

extension ParentSigns.End {
    /// The beginning of a sentence.
    var text: String {
        switch self {
        case .process: "the process that started this one has ended"
        case .input: "the process that started this one has closed its input"
        case .output: "the process that started this one has closed its output"
        }
    }
}
