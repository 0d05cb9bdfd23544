internal import Progress

extension FirmView {
    /// That the access token expires, while somebody must do something about it.
    var token: HTML {
        let advice = status.token?.advice ?? []
        return HTML.join(
            advice.map { "<p class=\"note warn\" id=\"token\">\(voice.text($0, code: Voice.tokenCode))</p>" })
    }
}
