import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lock, Locker, RequestRelease } from '@tus/server';
import type { Hold } from '../../../../lib/contracts.ts';
import { ProblemError } from '../../../../lib/errors.ts';
import type { Call } from '../../endpoint.ts';

interface LockOptions {
  call: Call;
  uploadId: string;
  /** Called when the lease was lost while it was held: the writer must stop at once. */
  onLost(error: Error): void;
  /** Aborted when the client has gone: nobody waits for the lock then. */
  gone: AbortSignal;
  timing?: Timing;
}

/** In milliseconds. */
interface Timing {
  /** How long a request waits for the lock. */
  patience: number;
  /** How often it asks. */
  poll: number;
  /** How often the holder renews the lease, and learns that another one waits. */
  renewal: number;
  /** A lease that was not renewed for this long may be another's; a little less than it lasts. */
  trust: number;
}

const usual: Timing = { patience: 30_000, poll: 200, renewal: 2000, trust: 17_000 };

/**
 * tus's lock as a lease in the database, so that it holds between processes, and a killed one's goes by itself.
 */
export function createUploadLocker(options: LockOptions): Locker {
  return { newLock: () => new UploadLock(options) };
}

class UploadLock implements Lock {
  private readonly options: LockOptions;
  private readonly timing: Timing;
  private readonly holder = randomUUID();
  private renewing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private heldAt = 0;

  constructor(options: LockOptions) {
    this.options = options;
    this.timing = options.timing ?? usual;
  }

  /** @throws ProblemError `upload_locked` when another request keeps it for too long */
  async lock(signal: AbortSignal, requestRelease: RequestRelease): Promise<void> {
    const stop = AbortSignal.any([signal, this.options.gone]);
    const deadline = Date.now() + this.timing.patience;
    while (!(await this.hold()).held) {
      if (Date.now() > deadline || stop.aborted) throw new ProblemError('upload_locked');
      await pause(this.timing.poll);
    }
    this.renewLater(requestRelease);
  }

  async unlock(): Promise<void> {
    clearTimeout(this.timer);
    // A renewal that comes after the end would take the lease again.
    await this.renewing;
    clearTimeout(this.timer);
    const { call, uploadId } = this.options;
    // What fails here ends by itself: the lease runs out.
    await call('video.letUpload', { id: uploadId, holder: this.holder }).catch(() => undefined);
  }

  private async hold(): Promise<Hold> {
    const { call, uploadId } = this.options;
    const at = Date.now();
    const hold = await call<Hold>('video.holdUpload', { id: uploadId, holder: this.holder });
    if (hold.held) this.heldAt = at;
    return hold;
  }

  private renewLater(requestRelease: RequestRelease): void {
    this.timer = setTimeout(() => {
      this.renewing = this.renew(requestRelease);
    }, this.timing.renewal);
  }

  private async renew(requestRelease: RequestRelease): Promise<void> {
    const isLate = () => Date.now() - this.heldAt > this.timing.trust;
    // After a standstill of this process another one may have had the lease, and given it back.
    let isLost = isLate();
    if (!isLost) {
      try {
        const { held, wanted } = await this.hold();
        if (held && wanted) await requestRelease();
        isLost = !held;
      } catch {
        isLost = isLate();
      }
    }
    if (isLost) this.options.onLost(new ProblemError('upload_locked'));
    else this.renewLater(requestRelease);
  }
}
