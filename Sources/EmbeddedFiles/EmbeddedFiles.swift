internal import CEmbedded

/// Files of this repository that are built into the programs.
public enum EmbeddedFiles {
    public static var coreYAML: [UInt8] { bytes(embedded_core_yaml()) }
    public static var supportingYAML: [UInt8] { bytes(embedded_supporting_yaml()) }
    public static var historicalYAML: [UInt8] { bytes(embedded_historical_yaml()) }
    public static var extendedYAML: [UInt8] { bytes(embedded_extended_yaml()) }
    public static var billingYAML: [UInt8] { bytes(embedded_billing_yaml()) }
    public static var pipelineSchema: [UInt8] { bytes(embedded_pipeline_schema()) }
    public static var stagingReadme: [UInt8] { bytes(embedded_staging_readme()) }

    public static var pageStyle: [UInt8] { bytes(embedded_page_style()) }
    public static var pageScript: [UInt8] { bytes(embedded_page_script()) }
    public static var pageIcon: [UInt8] { bytes(embedded_page_icon()) }

    private static func bytes(_ file: EmbeddedFile) -> [UInt8] {
        Array(UnsafeBufferPointer(start: file.start, count: file.count))
    }
}
