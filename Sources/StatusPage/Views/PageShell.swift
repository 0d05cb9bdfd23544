/// What surrounds every page: head, banner, footer.
struct PageShell: Sendable {
    let assets: Assets

    /// - Parameters:
    ///   - live: the address of the page's events; nil: a page that does not change.
    ///   - mayLeave: whether there is a session to end.
    func page(title: String, live: String?, banner: HTML, main: HTML, formToken: String, mayLeave: Bool) -> String {
        let script: HTML = "<script src=\"\(assets.script.path)\" defer></script>"
        let reload: HTML = "<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>"
        let leave: HTML = """
            <form method="post" action="/logout"><input type="hidden" name="csrf" value="\(formToken)">\
            <button class="quiet">Log out</button></form>
            """
        let html: HTML = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="robots" content="noindex">
            <title>\(title)</title>
            <link rel="icon" href="\(assets.icon.path)" type="image/svg+xml">
            <link rel="stylesheet" href="\(assets.style.path)">
            \(live == nil ? .empty : reload)
            \(live == nil ? .empty : script)
            </head>
            <body>
            <a class="skip" href="#main">Skip to the content</a>
            <header class="bar"><div class="wrap">\(banner)\(live.map(Self.liveMark) ?? .empty)\
            \(mayLeave ? leave : .empty)</div></header>
            <main id="main" class="wrap" tabindex="-1">
            \(main)
            </main>
            </body>
            </html>

            """
        return html.text
    }

    private static func liveMark(_ address: String) -> HTML {
        """
        <p id="live" class="live" data-events="\(address)" data-state="off"><span class="dot" aria-hidden="true"></span>\
        <span class="word"><noscript>reloads every 10 s · <a href="">now</a></noscript></span></p>
        """
    }

    /// A page that is kept as a file: its style is in it.
    func file(title: String, main: HTML) -> String {
        let html: HTML = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(title)</title><style>
            \(style)
            </style></head>
            <body class="file"><main class="wrap">
            \(main)
            </main></body></html>

            """
        return html.text
    }

    /// The style sheet is markup of our own.
    private var style: HTML { HTML(stringLiteral: assets.style.text) }

    /// A page that asks for the token.
    func login(wrong: Bool) -> String {
        let alert: HTML =
            "<p class=\"note bad\" role=\"alert\" id=\"wrong\">This token is not the right one.</p>"
        let main: HTML = """
            <section class="card narrow" aria-labelledby="title">
            <h1 id="title">Sync status</h1>
            <p>This page shows the state of syncs. It opens with the token that it was started with, or with a firm's link.</p>
            \(wrong ? alert : .empty)
            <form method="post" action="/login" class="login">
            <label for="token">Token</label>
            <input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
            <button>Open</button>
            </form>
            </section>
            """
        return page(
            title: "Sync status", live: nil, banner: Self.brand, main: main, formToken: "", mayLeave: false)
    }

    /// A page that says one thing.
    func notice(title: String, text: String) -> String {
        let main: HTML = """
            <section class="card narrow" aria-labelledby="title"><h1 id="title">\(title)</h1><p>\(text)</p></section>
            """
        return page(
            title: title, live: nil, banner: Self.brand, main: main, formToken: "", mayLeave: false)
    }

    /// A page that leads on at once. A redirect would not do: after a link in a mail, the browser would not send the
    /// cookie along that was just set (SameSite=Strict); from a page of ours it does.
    func onward(to place: String) -> String {
        let html: HTML = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=\(place)">
            <meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
            <title>Sync status</title><link rel="stylesheet" href="\(assets.style.path)"></head>
            <body><main class="wrap"><section class="card narrow"><h1>Sync status</h1><p><a href="\(place)">Open the page</a></p>\
            </section></main></body></html>

            """
        return html.text
    }

    static let brand: HTML = "<p class=\"brand\">cliosync</p>"
}
