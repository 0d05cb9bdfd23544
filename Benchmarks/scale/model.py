"""The simulation: firms, slots and processors, event by event.

No clock, no files: the same inputs give the same result.
"""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from inputs import DAY, HOUR, MINUTE, FirmClass, Inputs, Region

Part = TypeVar("Part")
STAGES = ("extract", "transform", "load", "verify")


@dataclass
class Firm:
    """A firm, and when its phases were verified."""

    number: int
    size: FirmClass
    region: Region
    wanted: float
    usable: dict[int, float] = field(default_factory=dict)
    transformed: set[int] = field(default_factory=set)
    loading: set[int] = field(default_factory=set)


@dataclass
class Result:
    """What happened."""

    firms: list[Firm]
    #: Seconds from the first firm that was wanted to the last phase of the last one.
    end: float
    tasks: int = 0
    requests: float = 0.0
    puts: float = 0.0
    gets: float = 0.0
    worker_cpu: float = 0.0
    #: Samples, one a minute: time, running extracts, waiting extracts, running others, waiting others.
    samples: list[tuple[float, int, int, int, int]] = field(default_factory=list)
    #: Seconds that extracts waited for a slot, by phase (-1: a refresh).
    waits: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    starts: dict[int, int] = field(default_factory=lambda: defaultdict(int))


class Lane:
    """Slots, and a queue by priority."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.running = 0
        self.queue: list[tuple[int, float, int, Callable[[], None]]] = []


class Simulation:
    """One run."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._extracts = Lane(inputs.extract_slots)
        self._locals = Lane(inputs.local_slots)
        #: When each processor of the workers, each scheduler and each process of the API server is free.
        self._processors = [0.0] * inputs.worker_processors
        self._schedulers = [0.0] * inputs.schedulers
        self._servers = [0.0] * inputs.api_processes
        self.result = Result(self._firms(), 0.0)

    def run(self) -> Result:
        """Until the last task is done."""
        for firm in self.result.firms:
            self._at(firm.wanted, partial(self._extract, firm, 0))
        self._at(0.0, self._sample)
        while self._events:
            self.now, _, action = heapq.heappop(self._events)
            action()
        first = min(firm.wanted for firm in self.result.firms)
        self.result.end = max(max(firm.usable.values()) for firm in self.result.firms) - first
        return self.result

    # The firms

    def _firms(self) -> list[Firm]:
        inputs = self.inputs
        draw = random.Random(inputs.seed)
        firms = []
        sizes = _shares([(size, size.share) for size in inputs.classes], inputs.firms)
        draw.shuffle(sizes)
        regions = _shares([(region, region.share) for region in inputs.regions], inputs.firms)
        draw.shuffle(regions)
        for number, (size, region) in enumerate(zip(sizes, regions, strict=True)):
            wanted = 16 * HOUR
            if inputs.onboarding_days:
                first, last = region.office
                hour = first + draw.random() * ((last - first) % 24)
                wanted = draw.randrange(inputs.onboarding_days) * DAY + hour * HOUR
            firms.append(Firm(number, size, region, wanted))
        return firms

    # The tasks

    def _extract(self, firm: Firm, phase: int) -> None:
        asked = self.now
        records = firm.size.records[phase]
        requests = records / self.inputs.records_per_page + self.inputs.requests_per_phase

        def begin() -> None:
            self.result.waits[phase].append(self.now - asked)
            started = self._started(0.0)
            ended = self.asks(firm.region, started, requests)
            self.result.requests += requests
            self._stores(ended - started, phase_files=True)
            self._at(ended, done)

        def done() -> None:
            self._free(self._extracts)
            if phase + 1 < len(firm.size.records):
                self._after_gap(lambda: self._extract(firm, phase + 1))
            self._after_gap(lambda: self._local(firm, phase, "transform"))

        self._queue(self._extracts, 100 * (len(firm.size.records) - phase), begin)

    def _local(self, firm: Firm, phase: int, stage: str) -> None:
        inputs = self.inputs
        rate = {"transform": inputs.transform_rate, "load": inputs.load_rate, "verify": inputs.verify_rate}[stage]
        # Two processors work at that rate.
        work = 2 * firm.size.records[phase] / rate

        def begin() -> None:
            self._stores(0.0, phase_files=True)
            self._at(self._started(work), done)

        def done() -> None:
            self._free(self._locals)
            if stage == "transform":
                firm.transformed.add(phase)
                self._load_next(firm)
            elif stage == "load":
                self._after_gap(lambda: self._local(firm, phase, "verify"))
            else:
                firm.usable[phase] = self.now
                self._load_next(firm)
                if phase + 1 == len(firm.size.records):
                    self._refresh_tomorrow(firm)

        priority = 100 * (len(firm.size.records) - phase) + 10 * STAGES.index(stage)
        self._queue(self._locals, priority, begin)

    def _load_next(self, firm: Firm) -> None:
        """Loads follow each other, with their verifies: phases may feed the same tables."""
        phase = len(firm.usable)
        if phase in firm.transformed and phase not in firm.loading:
            firm.loading.add(phase)
            self._after_gap(lambda: self._local(firm, phase, "load"))

    def _refresh_tomorrow(self, firm: Firm) -> None:
        """Once a day, at a minute of the firm's own outside of peak hours."""
        if not self.inputs.days:
            return
        first, last = firm.region.peak
        hours = (first - last) % 24
        minute = (firm.number * 7919) % int(hours * 60)
        at = (self.now // DAY) * DAY + last * HOUR + minute * MINUTE
        while at <= self.now:
            at += DAY
        if at < self.inputs.days * DAY:
            self._at(at, lambda: self._refresh(firm))

    def _refresh(self, firm: Firm) -> None:
        asked = self.now

        def begin() -> None:
            self.result.waits[-1].append(self.now - asked)
            started = self._started(self.inputs.refresh_cpu)
            ended = self.asks(firm.region, started, self.inputs.refresh_requests)
            self.result.requests += self.inputs.refresh_requests
            self._stores(ended - started, phase_files=True)
            self._at(ended, done)

        def done() -> None:
            self._free(self._extracts)
            self._refresh_tomorrow(firm)

        self._queue(self._extracts, 50, begin)

    # What they need

    def asks(self, region: Region, begun: float, requests: float) -> float:
        """When so many requests are made that were begun then: the limit changes with the hour."""
        now = begun
        while requests > 1e-9:
            hour = now // HOUR
            rate = self.limit(region, now) * self.inputs.quota_share / MINUTE
            until = (hour + 1) * HOUR
            made = (until - now) * rate
            if made >= requests:
                return now + requests / rate
            requests -= made
            now = until
        return now

    def limit(self, region: Region, now: float) -> float:
        """Requests a minute of one token. The first day is a Monday."""
        hour = (now % DAY) / HOUR
        first, last = region.peak
        inside = first <= hour < last if first < last else hour >= first or hour < last
        # The hours after midnight belong to the day before.
        day = int(now // DAY) - (1 if first > last and hour < last else 0)
        weekday = day % 7 < 5
        return self.inputs.peak_limit if inside and weekday else self.inputs.off_peak_limit

    def _started(self, work: float) -> float:
        """When a task has passed the scheduler and the API server, and has computed so long on a worker."""
        airflow = self.inputs.airflow
        running = self._extracts.running + self._locals.running
        # Heartbeats take their part of the API server.
        busy = min(0.9, running * airflow.api_cpu_per_running_second / self.inputs.api_processes)
        placed = _take(self._schedulers, self.now, airflow.scheduler_cpu_per_task)
        accepted = _take(self._servers, placed, airflow.api_cpu_per_task / (1 - busy))
        seconds = airflow.worker_cpu_per_task + work
        self.result.worker_cpu += seconds
        return _take(self._processors, accepted, seconds)

    def _stores(self, seconds: float, *, phase_files: bool) -> None:
        store = self.inputs.store
        files = store.files_per_phase if phase_files else 0
        self.result.puts += files + 3
        self.result.gets += files + 3
        if seconds:
            self.result.puts += seconds / store.roll_every * (store.lists_at_a_time + 1)
            self.result.puts += seconds / store.lease_every + seconds / store.status_every

    def _queue(self, lane: Lane, priority: int, begin: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(lane.queue, (-priority, self.now, self._count, begin))
        self._start(lane)

    def _start(self, lane: Lane) -> None:
        while lane.queue and lane.running < lane.slots:
            lane.running += 1
            self.result.tasks += 1
            self.result.starts[int(self.now // MINUTE)] += 1
            heapq.heappop(lane.queue)[3]()

    def _free(self, lane: Lane) -> None:
        lane.running -= 1
        self._start(lane)

    def _after_gap(self, action: Callable[[], None]) -> None:
        self._at(self.now + self.inputs.airflow.gap, action)

    def _at(self, time: float, action: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (time, self._count, action))

    def _sample(self) -> None:
        lanes = (self._extracts, self._locals)
        (running, waiting), (others, waiting_others) = ((lane.running, len(lane.queue)) for lane in lanes)
        self.result.samples.append((self.now, running, waiting, others, waiting_others))
        if self.now < self.inputs.days * DAY:
            self._at(self.now + MINUTE, self._sample)


def _take(free: list[float], now: float, seconds: float) -> float:
    """Takes the one of some that is free first. Returns when it is done."""
    done = max(heapq.heappop(free), now) + seconds
    heapq.heappush(free, done)
    return done


def _shares(parts: Sequence[tuple[Part, float]], count: int) -> list[Part]:
    """Each part as often as its share, exactly."""
    chosen: list[Part] = []
    for index, (part, share) in enumerate(parts):
        number = round(share * count) if index + 1 < len(parts) else count - len(chosen)
        chosen += [part] * number
    return chosen
