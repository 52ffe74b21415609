import { stat } from 'node:fs/promises';
import type { Media } from '../../lib/contracts.ts';
import { ExtractionFailure, failureFromMessages } from './extraction-failure.ts';
import { tighten, type FfmpegProgram, type RunLimits } from './ffmpeg-program.ts';
import type { FrameList, PacketList } from './frame-list.ts';
import { inputArguments, startFfmpeg, type FfmpegRun } from './ffmpeg-run.ts';
import { boundedLines } from './lines.ts';
import { createHeaderReading, createPacketReading, type PacketReading } from './probe-readings.ts';

/** What is read of a video before a frame is decoded. Seconds count from the first presented frame. */
export interface Probe {
  media: Media;
  /** When the last frame is presented. */
  lastFrameSeconds: number;
  /** Every packet, in decode order. */
  packets: PacketList;
  /** Every frame that is shown, in the order of presentation. */
  frames: FrameList;
  /** High dynamic range: its pictures need tone mapping. */
  hdr: boolean;
  /** The container or a packet is broken. */
  damaged: boolean;
  /** The duration that the container declares for a file that proved to be cut off or damaged, else null. */
  declaredSeconds: number | null;
}

export interface ProbeLimits extends RunLimits {
  maxDurationSeconds: number;
  /** CPU time for the listing of a small file's packets; a large one has more. */
  probeCpuSeconds: number;
}

/** Twelve hours at 60 frames per second, and a bound on memory for files that claim absurd rates. */
const MAX_PACKETS = 12 * 3600 * 60;

/** Ten times as long as the disk may take on a slow machine; the packets themselves are only passed on. */
const BYTES_IN_A_CPU_SECOND = 5 * 1024 ** 2;
/** Three times what 8K of 30 bits takes; some first pictures are decoded, and the index of twelve hours is smaller. */
const ADDRESS_SPACE_BYTES = 1024 ** 3;

/**
 * A small file can be so much to open that no packet comes for hours, or ask for the memory of a whole machine: edit lists,
 * indexes and tables say much in a few bytes. So a listing may not cost what a decode may.
 */
async function bounded(program: FfmpegProgram, path: string, limits: ProbeLimits): Promise<FfmpegProgram> {
  const { timeoutSeconds, threads, probeCpuSeconds } = limits;
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  const seconds = probeCpuSeconds + Math.ceil(size / BYTES_IN_A_CPU_SECOND);
  return tighten(program, Math.min(seconds, timeoutSeconds * threads), ADDRESS_SPACE_BYTES);
}

/**
 * Read what a file contains: one ffmpeg run that copies the packets of the first real video stream (`0:V` leaves cover
 * art out) into a listing. Nothing is decoded, memory stays constant, and a video over a limit is given up as soon
 * as that shows.
 * @param path the absolute path of the local file
 * @throws ExtractionFailure `not_a_video`, `corrupt_video`, `no_video_stream`, `no_frames`, `too_long`,
 *   `too_many_pixels`, `processing_timeout`, or a retryable one
 */
export async function probe(
  program: FfmpegProgram,
  path: string,
  limits: ProbeLimits,
  signal: AbortSignal,
): Promise<Probe> {
  const header = createHeaderReading();
  const args = [...inputArguments(path, limits), '-map', '0:V:0', '-c', 'copy', '-f', 'framecrc', 'pipe:1'];
  const lister = await bounded(program, path, limits);
  const run = startFfmpeg(lister, { file: path }, args, header.read, signal);
  try {
    const packets = await readPackets(run, limits);
    const exitCode = await run.exit();
    const measured = packets.measure();
    if (!measured) throw failureFromMessages(run.messages(), exitCode === 0 ? 'no_frames' : 'not_a_video');
    const { width, height } = header.turned(packets.size());
    if (width < 1 || height < 1) throw failureFromMessages(run.messages(), 'not_a_video');
    const { durationSeconds, stream, ...lists } = measured;
    const damaged = packets.damaged() || header.damaged();
    return {
      ...lists,
      media: { durationSeconds, width, height, ...stream },
      hdr: header.hdr(),
      damaged,
      declaredSeconds: damaged ? header.declaredSeconds() : null,
    };
  } finally {
    await run.stop();
  }
}

async function readPackets(run: FfmpegRun, limits: ProbeLimits): Promise<PacketReading> {
  const packets = createPacketReading();
  for await (const line of boundedLines(run.stdout)) {
    packets.read(line);
    const { width, height } = packets.size();
    if (width * height > limits.maxPixels) {
      throw new ExtractionFailure('too_many_pixels', `${width}x${height} pixels`);
    }
    if (packets.count() > MAX_PACKETS) {
      throw new ExtractionFailure('too_long', `more than ${MAX_PACKETS} packets`);
    }
    if (packets.spanSeconds() > limits.maxDurationSeconds) {
      throw new ExtractionFailure('too_long', `more than ${limits.maxDurationSeconds} seconds`);
    }
  }
  return packets;
}
