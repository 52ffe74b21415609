import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import {
  EncodedPacket,
  EncodedVideoPacketSource,
  MkvOutputFormat,
  Output,
  StreamTarget,
  type StreamTargetChunk,
  type VideoCodec,
} from 'mediabunny';
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

/**
 * Write units as one Matroska stream: all their packets except those that are neither wanted nor needed by others.
 * @param port gets the stream; see {@link FeedMessage}
 */
export async function writeFeed(file: PacketFile, units: Unit[], port: MessagePort): Promise<void> {
  const tell = (message: FeedMessage, moved: ArrayBuffer[] = []) => port.postMessage(message, moved);
  try {
    const source = new EncodedVideoPacketSource(file.codec);
    const output = new Output({
      format: new MkvOutputFormat({ appendOnly: true }),
      target: new StreamTarget(piecesTo(port, tell), { chunked: true, chunkSize: 256 * 1024 }),
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
  { listing, config, syntax, packetAt, packetsFrom }: PacketFile,
  unit: Unit,
  begin: number,
  source: EncodedVideoPacketSource,
): Promise<void> {
  const times = feedTimes(listing.timesUs, unit);
  let place = unit.from;
  for await (const packet of packetsFrom(await packetAt(unit.from))) {
    const time = times[place - unit.from] ?? 0;
    const isWanted = time % 2 === 1;
    if (isWanted || place === unit.from || !syntax.isDisposable(packet.data)) {
      const timestamp = (begin + time) * MILLISECOND;
      // Key only where the decoder starts: a stricter reading of other key frames has no use here.
      const type = place === unit.from ? 'key' : 'delta';
      await source.add(new EncodedPacket(packet.data, type, timestamp, MILLISECOND), {
        decoderConfig: config,
      });
    }
    place += 1;
    if (place > unit.to) break;
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
