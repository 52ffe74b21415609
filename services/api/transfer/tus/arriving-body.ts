import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { metrics } from '../../../../lib/metrics.ts';

const BUFFER_BYTES = 256 * 1024;

/** The body of a request, as far as it comes. */
export interface ArrivingBody {
  stream: Readable;
  /** End the stream with an error: what is on its way must not be stored. */
  fail(error: Error): void;
  /** What it was failed with. */
  failure(): Error | undefined;
  /** Let go of the request; nobody reads its body any more. */
  release(): void;
}

/**
 * A body whose stream ends well wherever the client leaves off: when the connection breaks, or when nothing arrives for
 * too long. So whatever came counts as a smaller body, and is stored.
 * @param idleMs how long nothing may arrive; a store that takes its time doesn't count
 */
export function takeBody(req: IncomingMessage, idleMs: number): ArrivingBody {
  const stream = new PassThrough({ highWaterMark: BUFFER_BYTES });
  let failure: Error | undefined;
  const timer = setTimeout(() => {
    if (stream.writableNeedDrain) timer.refresh();
    else finish();
  }, idleMs);
  const noteArrival = (chunk: Buffer) => {
    metrics.uploadBytes.inc({ way: 'tus' }, chunk.length);
    timer.refresh();
  };
  const ignore = () => undefined;

  const release = () => {
    clearTimeout(timer);
    req.unpipe(stream);
    req.off('data', noteArrival).off('end', finish).off('close', finish);
  };
  const finish = () => {
    release();
    if (!stream.destroyed) stream.end();
  };
  req.on('error', ignore);
  stream.on('error', ignore);
  req.on('data', noteArrival).on('end', finish).on('close', finish);
  req.pipe(stream, { end: false });
  if (req.readableEnded || req.destroyed) finish();
  return {
    stream,
    failure: () => failure,
    fail: (error) => {
      failure ??= error;
      release();
      stream.destroy(error);
    },
    release: () => {
      release();
      stream.destroy();
    },
  };
}
