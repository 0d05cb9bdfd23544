internal import Progress

extension FirmView {
    /// A note that the access token expires; empty while no action is needed.
    var token: HTML {
        let advice = status.token?.advice ?? []
        return HTML.join(
            advice.map { "<p class=\"note warn\" id=\"token\">\(voice.text($0, code: Voice.tokenCode))</p>" })
    }
}
