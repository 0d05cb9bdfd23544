internal import CEmbedded

/// Files of this repository that are built into the programs.
public enum EmbeddedFiles {
    /// `pipelines/core.yaml`.
    public static var coreYAML: [UInt8] { bytes(embedded_core_yaml()) }
    /// `pipelines/supporting.yaml`.
    public static var supportingYAML: [UInt8] { bytes(embedded_supporting_yaml()) }
    /// `pipelines/historical.yaml`.
    public static var historicalYAML: [UInt8] { bytes(embedded_historical_yaml()) }
    /// `pipelines/extended.yaml`.
    public static var extendedYAML: [UInt8] { bytes(embedded_extended_yaml()) }
    /// `pipelines/billing.yaml`.
    public static var billingYAML: [UInt8] { bytes(embedded_billing_yaml()) }
    /// The JSON Schema of pipeline files.
    public static var pipelineSchema: [UInt8] { bytes(embedded_pipeline_schema()) }
    /// What `init` writes into a staging folder.
    public static var stagingReadme: [UInt8] { bytes(embedded_staging_readme()) }

    /// The style sheet of the status page.
    public static var pageStyle: [UInt8] { bytes(embedded_page_style()) }
    /// The script of the status page.
    public static var pageScript: [UInt8] { bytes(embedded_page_script()) }
    /// The icon of the status page.
    public static var pageIcon: [UInt8] { bytes(embedded_page_icon()) }

    private static func bytes(_ file: EmbeddedFile) -> [UInt8] {
        Array(UnsafeBufferPointer(start: file.start, count: file.count))
    }
}
