import Bytes
import Extract
import Foundation
import Gzip
import JSON
import Pipelines
import Staging

/// Handles the pages in some files again and again as an extract does, and says how fast; or does one step of it alone.
///
/// `page-benchmark PIPELINES ENTITY FOLDER COUNT STEP FILE…`: STEP is `whole`, `parse`, `deflate` or `inflate`.
@main
struct PageBenchmark {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count > 6, let count = Int(words[4]) else {
            print("usage: page-benchmark PIPELINES ENTITY FOLDER COUNT whole|parse|deflate|inflate FILE…")
            exit(2)
        }
        let pages = try words[6...].map { path in
            let content = try Data(contentsOf: URL(fileURLWithPath: path))
            return content.withUnsafeBytes { Page($0) }
        }
        var step = try await Step(words[5], entity: words[2], pipelines: words[1], folder: words[3], pages)
        // The first page brings libraries and buffers to life.
        try await step.work(pages[0])
        let begin = Usage()
        let clock = ContinuousClock()
        let start = clock.now
        var bytes = 0
        for number in 0..<count {
            let page = pages[number % pages.count]
            try await step.work(page)
            bytes += page.buffer.count
        }
        let wall = clock.now - start
        let end = Usage()
        let seconds = Double(wall.components.seconds) + Double(wall.components.attoseconds) * 1e-18
        print(
            """
            {"pages":\(count),"bytes":\(bytes),"wall":\(seconds),"cpu":\(end.cpu - begin.cpu),"peak_mb":\(end.peak)}
            """)
    }
}

/// One page as it came out of HTTP, with the padding that a body has.
final class Page: Sendable {
    let buffer: ByteBuffer

    init(_ bytes: UnsafeRawBufferPointer) {
        var buffer = ByteBuffer(capacity: bytes.count)
        buffer.append(bytes)
        self.buffer = buffer
    }
}

/// What the kernel counted for this process.
struct Usage {
    let cpu: Double
    /// Largest resident memory so far, MB.
    let peak: Int

    init() {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        peak = usage.ru_maxrss / 1024
    }
}

/// The whole of the work, or one library's part of it.
enum Step {
    case whole(PageHandling)
    case parse(JSONParser)
    case deflate(Deflater)
    /// The pages' compressed forms are made before the clock starts.
    case inflate([ObjectIdentifier: String])

    init(_ name: String, entity: String, pipelines: String, folder: String, _ pages: [Page]) async throws {
        switch name {
        case "parse": self = .parse(JSONParser())
        case "deflate": self = .deflate(Deflater())
        case "inflate":
            var files: [ObjectIdentifier: String] = [:]
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (number, page) in pages.enumerated() {
                let path = "\(folder)/\(number).gz"
                try Data(gzipCompress(page.buffer.bytes)).write(to: URL(fileURLWithPath: path))
                files[ObjectIdentifier(page)] = path
            }
            self = .inflate(files)
        default:
            let catalog = try Catalog.load(folder: pipelines)
            guard let entity = catalog.entities.first(where: { $0.name == entity }) else {
                print("no entity \(entity) in \(pipelines)")
                exit(2)
            }
            let place = try ConnectionFolder(staging: folder, connection: "benchmark")
            let writer = try await RawLayerWriter.open(
                place.entity(phase: "benchmark", name: entity.name), force: false)
            self = .whole(PageHandling(entity, into: writer))
        }
    }

    mutating func work(_ page: Page) async throws {
        switch self {
        case .whole(let handling): _ = try await handling.handle(page.buffer.bytes)
        case .parse(let parser): _ = try parser.parse(page.buffer.bytes)
        case .deflate(let deflater):
            var output = ByteBuffer(capacity: page.buffer.count / 4)
            try deflater.compress(page.buffer.bytes, to: &output)
        case .inflate(let files):
            let reader = try GzipReader(path: files[ObjectIdentifier(page)] ?? "")
            var output = ByteBuffer(capacity: page.buffer.count)
            while try reader.read(into: &output, room: 1 << 16) > 0 {}
        }
    }
}
