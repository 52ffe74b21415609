import { availableParallelism } from 'node:os';
import type { Service, ServiceBroker, ServiceSchema } from 'moleculer';
import { config } from '../../lib/environment.ts';
import { sharedQueue } from '../../lib/queue/index.ts';
import { openStore } from '../../lib/storage/index.ts';
import { health } from '../../mixins/health.mixin.ts';
import { pauseActions, workQueue } from '../../mixins/work-queue.mixin.ts';
import { checkFfmpeg, describeFfmpeg, findFfmpeg, type FfmpegProgram } from './ffmpeg-program.ts';
import { measuredPort } from './measure.ts';
import { createPacketReaders } from './packets/packet-source.ts';
import { runNextJob } from './run-job.ts';
import type { VideoPort } from './video-port.ts';

/** More threads than this cost memory and gain little. */
const MAX_THREADS = 8;

const { concurrency, limits } = config.processor;
const runLimits = { ...limits, threads: Math.min(availableParallelism(), MAX_THREADS) };
const store = openStore(config.storageUrl);

const packets = createPacketReaders();

let finding: Promise<FfmpegProgram> | undefined;
const ffmpeg = () => (finding ??= findFfmpeg(config.ffmpegPath, runLimits));

let broker: ServiceBroker;

/** The video service's actions, called by name. */
const video: VideoPort = measuredPort({
  claim: (worker) => broker.call('video.claim', worker),
  renew: (renewal) => broker.call('video.renew', renewal),
  shareFrames: (part) => broker.call('video.shareFrames', part),
  complete: (completion) => broker.call('video.complete', completion),
  fail: (failure) => broker.call('video.fail', failure),
  split: (split) => broker.call('video.split', split),
  ranges: (attempt) => broker.call('video.ranges', attempt),
  claimRange: (owner) => broker.call('video.claimRange', owner),
  renewRange: (claimed) => broker.call('video.renewRange', claimed),
  endRange: (end) => broker.call('video.endRange', end),
  release: (attempt) => broker.call('video.release', attempt),
});

/** Turns one video after the other into an archive of its frames; several at once. */
const schema: ServiceSchema = {
  name: 'processor',
  dependencies: ['video'],
  mixins: [
    workQueue(sharedQueue(config)),
    health({ 'object store': () => store.ping(), ffmpeg: async () => checkFfmpeg(await ffmpeg()) }),
  ],

  actions: pauseActions,

  queues: {
    'video.uploaded': {
      concurrency,
      handler: async (_message, shutdown) => {
        const tools = { ffmpeg: await ffmpeg(), packets, store, limits: runLimits };
        await runNextJob({ ...tools, name: broker.nodeID, video, logger: broker.logger }, shutdown);
      },
    },
  },

  created(this: Service) {
    broker = this.broker;
  },

  async started(this: Service) {
    this.logger.info(describeFfmpeg(await ffmpeg()));
  },

  async stopped() {
    await packets.close();
  },
};

export default schema;
