import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import type { EncodedPacket, EncodedVideoPacketSource, StreamTargetChunk, VideoCodec } from 'mediabunny';
import { mediabunny } from './mediabunny.ts';
import {
  feedSpan,
  feedTimes,
  OPENING,
  PIECES_AHEAD,
  type FeedMessage,
  type PacketFacts,
} from './messages.ts';
import type { PacketSyntax } from './nal.ts';
import type { Unit } from './units.ts';

/** A file whose packets can be read in any order. */
export interface PacketFile {
  codec: VideoCodec;
  config: VideoDecoderConfig;
  listing: Pick<PacketFacts, 'timesUs' | 'sizes' | 'keys'>;
  syntax: PacketSyntax;
  /** @param place in decode order */
  packetAt: (place: number) => Promise<EncodedPacket>;
  packetsFrom: (packet: EncodedPacket) => AsyncIterable<EncodedPacket>;
}

const MILLISECOND = 0.001;

/** A unit begins where the container says that decoding may start, but the codec does not let it. */
const NO_RANDOM_ACCESS = 'a key packet that decoding cannot start at';

/**
 * Write units as one Matroska stream: all their packets except those that are neither wanted nor needed by others.
 * @param port gets the stream; see {@link FeedMessage}
 */
export async function writeFeed(file: PacketFile, units: Unit[], port: MessagePort): Promise<void> {
  const tell = (message: FeedMessage, moved: ArrayBuffer[] = []) => port.postMessage(message, moved);
  try {
    const source = new mediabunny.EncodedVideoPacketSource(file.codec);
    const output = new mediabunny.Output({
      format: new mediabunny.MkvOutputFormat({ appendOnly: true }),
      target: new mediabunny.StreamTarget(piecesTo(port, tell), { chunked: true, chunkSize: 256 * 1024 }),
    });
    output.addVideoTrack(source);
    await output.start();
    let begin = 0;
    for (const unit of [OPENING, ...units]) {
      await writeUnit(file, unit, begin, source);
      begin += feedSpan(unit);
    }
    await output.finalize();
    tell({ kind: 'end' });
  } catch (error) {
    tell({ kind: 'error', reason: String(error) });
  } finally {
    port.close();
  }
}

async function writeUnit(
  file: PacketFile,
  unit: Unit,
  begin: number,
  source: EncodedVideoPacketSource,
): Promise<void> {
  const { listing, config, syntax } = file;
  const times = feedTimes(listing.timesUs, unit);
  let place = unit.from;
  for await (const { data } of packetsOf(file, unit)) {
    const time = times[place - unit.from] ?? 0;
    const isFirst = place === unit.from;
    if (isFirst && place > 0 && !syntax.isRandomAccess(data)) throw new Error(NO_RANDOM_ACCESS);
    const isWanted = time % 2 === 1;
    if (isWanted || isFirst || !syntax.isDisposable(data)) {
      const timestamp = (begin + time) * MILLISECOND;
      // Key only where the decoder starts: a stricter reading of other key frames has no use here.
      const type = isFirst ? 'key' : 'delta';
      await source.add(new mediabunny.EncodedPacket(data, type, timestamp, MILLISECOND), {
        decoderConfig: config,
      });
    }
    place += 1;
  }
}

/** A single packet is read by itself: reading on would read others ahead. */
async function* packetsOf({ packetAt, packetsFrom }: PacketFile, { from, to }: Unit) {
  const first = await packetAt(from);
  if (from === to) {
    yield first;
    return;
  }
  let place = from;
  for await (const packet of packetsFrom(first)) {
    yield packet;
    place += 1;
    if (place > to) return;
  }
}

function piecesTo(port: MessagePort, tell: (message: FeedMessage, moved: ArrayBuffer[]) => void) {
  let ahead = 0;
  port.on('message', () => (ahead -= 1));
  return new WritableStream<StreamTargetChunk>({
    write: async ({ data }) => {
      while (ahead >= PIECES_AHEAD) await once(port, 'message');
      ahead += 1;
      const bytes = data.slice();
      tell({ kind: 'piece', bytes }, [bytes.buffer]);
    },
  });
}
