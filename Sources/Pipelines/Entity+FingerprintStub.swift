extension Entity { public var fingerprintText: String { "\(table)" } }
