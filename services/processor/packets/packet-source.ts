import { on, once } from 'node:events';
import type { Writable } from 'node:stream';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { MethodFailure } from '../method-failure.ts';
import type { FeedMessage, PacketFacts, PacketRequest } from './messages.ts';
import type { Unit } from './units.ts';

/** The packets of one file, read in any order by a thread of its own. */
export interface PacketSource extends AsyncDisposable {
  /** @throws MethodFailure when the container or codec is not one that can be read */
  facts(): Promise<PacketFacts>;
  /**
   * See {@link import('./units.ts').cutUnits}; `facts` comes first.
   * @param careful whether to look into the packets; otherwise `feed` fails where the container was wrong
   */
  cut(wanted: number[], careful: boolean): Promise<Unit[]>;
  /** Write units as a Matroska stream, as fast as the sink takes it, and end the sink. */
  feed(units: Unit[], sink: Writable): Promise<void>;
}

export interface PacketReaders {
  /**
   * Begin to read a file.
   * @param path the absolute path of the local file
   */
  open(path: string, signal: AbortSignal): PacketSource;
  close(): Promise<void>;
}

/** A hostile index must not take the memory of the whole process. */
const HEAP_MIB = 256;
/** A hostile index may keep its reader busy for ever; an honest one of hours takes a few seconds. */
const ANSWER_MS = 10_000;

/**
 * Readers of files, each in a thread of its own that ends with it. A thread takes longer to start than most files to
 * open, so one is always waiting.
 */
export function createPacketReaders(): PacketReaders {
  let spare: Worker | undefined = startReader();
  let closed = false;
  return {
    open: (path, signal) => {
      const reader = spare;
      spare = undefined;
      return readWith(reader ?? startReader(), path, signal, () => {
        if (!closed) spare ??= startReader();
      });
    },
    close: async () => {
      closed = true;
      await spare?.terminate();
    },
  };
}

function startReader(): Worker {
  const reader = new Worker(new URL('packet-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  reader.on('error', () => undefined);
  reader.unref();
  return reader;
}

function readWith(reader: Worker, path: string, signal: AbortSignal, onClose: () => void): PacketSource {
  const ask = async <T>(request: PacketRequest): Promise<T> => {
    reader.postMessage(request);
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    try {
      const [message] = (await once(reader, 'message', { signal: within })) as [T];
      return message;
    } catch (error) {
      // Busy, it would stay so until the job ends.
      void reader.terminate();
      signal.throwIfAborted();
      throw new MethodFailure(`the packets can't be read: ${String(error)}`);
    }
  };
  const opening = ask<PacketFacts>({ kind: 'open', path });
  opening.catch(() => undefined);
  return {
    facts: () => opening,
    cut: (wanted, careful) => ask<Unit[]>({ kind: 'cut', wanted, careful }),
    feed: (units, sink) => {
      const { port1, port2 } = new MessageChannel();
      reader.postMessage({ kind: 'feed', units, port: port2 } satisfies PacketRequest, [port2]);
      return pour(port1, sink);
    },
    [Symbol.asyncDispose]: async () => {
      await reader.terminate();
      onClose();
    },
  };
}

/**
 * A sink that is closed early (ffmpeg has ended) and a port that is (the reader has ended) end the pouring without an
 * error: how ffmpeg ends, or what it gives, tells why.
 */
async function pour(port: MessagePort, sink: Writable): Promise<void> {
  const closed = new AbortController();
  sink.on('error', () => undefined).once('close', () => closed.abort());
  // One that was closed before tells nobody any more.
  if (sink.destroyed) closed.abort();
  const options = { signal: closed.signal, close: ['close'] };
  try {
    const messages = on(port, 'message', options) as AsyncIterable<[FeedMessage]>;
    for await (const [message] of messages) {
      if (message.kind === 'error') throw new MethodFailure(`feeding failed: ${message.reason}`);
      if (message.kind === 'end') break;
      if (!sink.write(message.bytes)) await once(sink, 'drain', { signal: closed.signal });
      port.postMessage('more');
    }
  } catch (error) {
    if (!closed.signal.aborted) throw error;
  } finally {
    port.close();
    sink.end();
  }
}
