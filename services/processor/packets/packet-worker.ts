import { on } from 'node:events';
import { fstatSync, openSync, readSync } from 'node:fs';
import { parentPort, type MessagePort } from 'node:worker_threads';
import type { InputVideoTrack } from 'mediabunny';
import { writeFeed, type PacketFile } from './feed.ts';
import { mediabunny } from './mediabunny.ts';
import type { PacketFacts, PacketRequest } from './messages.ts';
import { packetSyntax } from './nal.ts';
import { cutUnits } from './units.ts';

const { CustomSource, EncodedPacketSink, Input, Logging, LogLevel, MATROSKA, MP4, QTFF, WEBM } = mediabunny;

/**
 * Reads the packets of one untrusted file, in a thread of its own: with a bounded heap, and ended at once when it is
 * no longer needed. Only containers that can't name other files are read.
 */
const FORMATS = [MP4, QTFF, MATROSKA, WEBM];

Logging.level = LogLevel.Silent;

if (!parentPort) throw new Error('This runs in a worker thread only');
const main: MessagePort = parentPort;
let file: PacketFile | undefined;

for await (const [request] of on(main, 'message') as AsyncIterable<[PacketRequest]>) {
  if (request.kind === 'open') {
    const track = await openTrack(request.path);
    file = await openPackets(track);
    const { listing, codec } = file;
    const attitude = { rotation: await track.getRotation(), flip: await track.getFlip() };
    main.postMessage({ ...listing, codec, ...attitude } satisfies PacketFacts);
  } else if (!file) {
    throw new Error('no file is open');
  } else if (request.kind === 'cut') {
    main.postMessage(await cut(file, request.wanted, request.careful));
  } else {
    void writeFeed(file, request.units, request.port);
  }
}

/** Looking into every key packet takes time, so at first the container is believed; the feed finds out. */
function cut({ listing, syntax, packetAt }: PacketFile, wanted: number[], careful: boolean) {
  return cutUnits(
    listing,
    wanted,
    async (packet) => !careful || syntax.isRandomAccess((await packetAt(packet)).data),
  );
}

async function openTrack(path: string): Promise<InputVideoTrack> {
  const input = new Input({ source: fileSource(path), formats: FORMATS });
  const [track] = await input.getVideoTracks();
  if (!track) throw new Error('no video track');
  return track;
}

/**
 * Opened in one step: a descriptor that is still on its way when the thread is ended belongs to nobody, and keeps the bytes
 * of a deleted file on the disk. What the thread has, Node closes.
 */
function fileSource(path: string) {
  const fd = openSync(path, 'r');
  return new CustomSource({
    getSize: () => fstatSync(fd).size,
    read: (start, end) => {
      const bytes = new Uint8Array(end - start);
      readSync(fd, bytes, 0, bytes.length, start);
      return bytes;
    },
    prefetchProfile: 'fileSystem',
  });
}

async function openPackets(track: InputVideoTrack): Promise<PacketFile> {
  const sink = new EncodedPacketSink(track);
  const [codec, config] = [await track.getCodec(), await track.getDecoderConfig()];
  if (!config || !codec) throw new Error('no decoder configuration');
  const seconds: number[] = [];
  const sizes: number[] = [];
  const keys: number[] = [];
  for await (const packet of sink.packets(undefined, undefined, { metadataOnly: true })) {
    seconds.push(packet.timestamp);
    sizes.push(packet.byteLength);
    keys.push(Number(packet.type === 'key'));
  }
  const { description } = config;
  return {
    codec,
    config,
    listing: {
      timesUs: Float64Array.from(seconds, (time) => Math.round(time * 1e6)),
      sizes: Uint32Array.from(sizes),
      keys: Uint8Array.from(keys),
    },
    syntax: packetSyntax(codec, description ? bytesOf(description) : undefined),
    packetAt: async (place) => {
      const packet = await sink.getPacket(seconds[place] ?? 0);
      if (!packet) throw new Error(`there is no packet ${place}`);
      return packet;
    },
    packetsFrom: (packet) => sink.packets(packet),
  };
}

function bytesOf(source: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
