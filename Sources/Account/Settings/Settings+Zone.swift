extension Settings {
    /// The time zone of the firm, as far as a setting names one.
    package var firmZone: String? { self.window?.zoneName ?? self.notifyQuiet?.zoneName }
}
