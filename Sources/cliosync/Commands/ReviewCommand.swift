import ArgumentParser

struct ReviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Look at flagged records and decide about them.",
        discussion: """
            A decision holds for the value that was at fault: it survives every rerun, and lapses when Clio's value \
            changes. The next transform applies it, the next load writes it to the database.

            Examples:
              cliosync review ls --phase core
              cliosync review show matters 1234567
              cliosync review show matters --without-id
              cliosync review accept matters 1234567 --note "the firm knows"
              cliosync review accept matters --rule range --path open_date --yes
              cliosync review reject contacts 7654321
            """,
        subcommands: [ReviewList.self, ReviewShow.self, ReviewAccept.self, ReviewReject.self],
        defaultSubcommand: ReviewList.self)
}
