internal import Progress

extension FirmView {
    /// What to do before the access to Clio ends.
    var token: HTML {
        guard let advice = status.tokenAdvice else { return .empty }
        return "<p class=\"note warn\" id=\"token\">\(voice.text(advice, code: Voice.tokenCode))</p>"
    }
}
