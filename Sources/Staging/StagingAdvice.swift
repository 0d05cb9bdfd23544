/// What to do about a staged file that is damaged or missing.
enum StagingAdvice {
    /// The command that makes the file again, told from where it lies: `…/PHASE/LAYER/ENTITY/FILE`.
    static func again(_ path: String) -> String {
        let pieces = PartFile.shown(path).split(separator: "/").suffix(4).map(String.init)
        guard pieces.count == 4 else { return elsewhere }
        let choice = "--phase \(pieces[0]) --entity \(pieces[2])"
        switch pieces[1] {
        case "raw": return "run `cliosync extract \(choice) --force`, then `cliosync transform \(choice)`, then load"
        case "clean", "flagged": return "run `cliosync transform \(choice) --force`, then load"
        default: return elsewhere
        }
    }

    /// The same for a manifest that cannot be read, so that not even --force knows what it would replace.
    static func replace(manifest path: String) -> String {
        let pieces = PartFile.shown(path).split(separator: "/").suffix(4).map(String.init)
        guard pieces.count == 4, pieces[1] == "raw" else { return "bring it back, or \(again(path))" }
        let choice = "--phase \(pieces[0]) --entity \(pieces[2])"
        return "bring it back, or move its folder away and run `cliosync extract \(choice)`, then "
            + "`cliosync transform \(choice)`, then load"
    }

    private static let elsewhere = "bring the file back, or use another one"
}
