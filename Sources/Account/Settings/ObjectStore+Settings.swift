package import Bytes
internal import HTTP
package import Remote
package import Staging

extension ObjectStore {
    /// The store that the settings name.
    /// - Throws: `ConfigurationError` when the store or its keys are not set.
    package convenience init(_ settings: Settings, stop: StopSignal) throws(ConfigurationError) {
        guard let text = settings.remote else {
            throw ConfigurationError("SYNC_REMOTE is not set; set it to s3://BUCKET/PREFIX")
        }
        guard
            let location = StoreLocation(
                text, endpoint: settings.remoteEndpoint.flatMap { WebAddress($0) }, region: settings.remoteRegion)
        else { throw ConfigurationError("SYNC_REMOTE: expected s3://BUCKET or s3://BUCKET/PREFIX") }
        guard let accessKey = settings.remoteAccessKey, let secretKey = settings.remoteSecretKey else {
            throw ConfigurationError(
                "the keys of the store are not set; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        self.init(
            location, keys: StoreKeys(accessKey: accessKey, secretKey: secretKey, sessionToken: settings.remoteSession),
            stop: stop)
    }
}
