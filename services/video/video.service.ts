import type { Service, ServiceSchema } from 'moleculer';
import { z } from 'zod';
import { changesSchema, missedSchema, readChanges, readMissed } from '../../lib/change-log.ts';
import { createCounter, HOUR_SECONDS, perNetwork } from '../../lib/counters.ts';
import { startDurableCalls } from '../../lib/durable-calls.ts';
import { config } from '../../lib/environment.ts';
import { purgeGone } from '../../lib/gone-people.ts';
import { startLoop, type Loop } from '../../lib/loop.ts';
import { exportPageSchema } from '../../lib/person-export.ts';
import { sharedQueue } from '../../lib/queue/index.ts';
import type { WorkQueue } from '../../lib/queue/work-queue.ts';
import { openStore } from '../../lib/storage/index.ts';
import { action } from '../../mixins/action.ts';
import { database } from '../../mixins/database.mixin.ts';
import { health } from '../../mixins/health.mixin.ts';
import { administrationActions } from './administration/index.ts';
import * as again from './again.ts';
import * as attempts from './attempts.ts';
import { claim, claimSchema } from './claim.ts';
import { listQueued, manySchema, queuedSchema, showMany } from './following.ts';
import { exportFiles, exportPerson } from './export.ts';
import * as library from './library.ts';
import * as links from './links.ts';
import { listSchema, listVideos } from './listing.ts';
import { shareFrames, shareSchema } from './live-frames.ts';
import { measureCompletion, measureWork } from './measure.ts';
import { migrations } from './migrations.ts';
import { defineModels } from './models.ts';
import { findUpload, findUploadSchema, noteUpload, noteUploadSchema } from './open-uploads.ts';
import { clearOrphans, doomOrphans } from './orphans.ts';
import { createOutlookReader } from './outlook.ts';
import { relay, resendUnsettled, settle, traceOf } from './outbox.ts';
import { readUsage, usageSchema } from './quotas.ts';
import * as ranges from './ranges.ts';
import { purgePerson, refusePerson } from './removal.ts';
import * as results from './results.ts';
import { retain, tell } from './retention.ts';
import { checkSource, contentSchema, reuseSchema, reuseSource } from './reuse.ts';
import { claimOwnRange, claimOwnRangeSchema, splitExtraction, splitSchema } from './split.ts';
import { sweep, tidy, wakeWorkers } from './sweep.ts';
import { holdUpload, leaseSchema, letUpload } from './upload-leases.ts';
import * as uploads from './uploads.ts';

const openQueue = sharedQueue(config);
const db = database({ name: 'video', url: config.databases.video, models: defineModels, migrations });
const store = openStore(config.storageUrl);
const { scheduling, publicUrl, quotas, retention } = config;
const rules = {
  quotas,
  expiresHours: config.upload.expiresHours,
  sourceDays: retention.sourceDays,
};
const uploadsFrom = perNetwork(
  createCounter(db.sequelize, 'uploads-from', config.abuse.uploadsPerNetwork, HOUR_SECONDS),
);
const view = { publicUrl, outlooks: createOutlookReader(db) };
/**
 * No kind of request takes every connection to the database: others, and the work that has been accepted, go on beside
 * a flood of it. Those that are too many are refused; what goes on with an upload never is.
 */
const some = { enabled: true, concurrency: 3 };
const fresh = { bulkhead: { ...some, maxQueueSize: config.load.maxQueued } };
const underWay = { bulkhead: { ...some, maxQueueSize: 100_000 } };
let queue: WorkQueue;
let relaying: Loop | undefined;
let sweeping: Loop | undefined;
let measuring: Loop | undefined;
const MEASURE_MS = 5000;
let waking: Loop | undefined;
let tidying: Loop | undefined;
let retaining: Loop | undefined;
let orphaning: Loop | undefined;
let calling: Loop | undefined;
let purging: Loop | undefined;
const PURGE_MS = 60_000;
const TIDY_MS = 5 * 60_000;
const HOUR_MS = 60 * 60_000;

const going = (dryRun: boolean) => retain(db, { retention, dryRun, now: new Date() });
const orphans = (dryRun: boolean) => doomOrphans({ db, store }, { dryRun, now: new Date() });

/** The change has recorded an event: it goes out now, not at the loop's next turn. */
const telling = async <T>(change: Promise<T>): Promise<T> => change.finally(() => relaying?.kick());
/** The change has ended a run: whoever waited for its place may go on. */
const ending = async <T>(change: Promise<T>): Promise<T> => telling(change).finally(() => waking?.kick());
/** The change has doomed objects: they go now. */
const discarding = async <T>(change: Promise<T>): Promise<T> => change.finally(() => sweeping?.kick());

const schema: ServiceSchema = {
  name: 'video',
  mixins: [
    db.mixin,
    health({ 'video database': () => db.sequelize.authenticate(), 'object store': () => store.ping() }),
  ],

  actions: {
    reserve: {
      ...action(uploads.reserveFromSchema, async ({ address, ...wish }) => {
        await uploadsFrom(address);
        return uploads.reserveUpload(db, wish, rules, new Date());
      }),
      ...fresh,
    },
    findUpload: action(findUploadSchema, (own) => findUpload(db, own, new Date())),
    noteUpload: action(noteUploadSchema, (note) => noteUpload(db, note)),
    holdUpload: {
      ...action(leaseSchema, (claim) => holdUpload(db, claim, quotas, new Date())),
      ...underWay,
    },
    letUpload: action(leaseSchema, (claim) => letUpload(db, claim)),
    abandon: action(z.strictObject({ videoId: z.uuid() }), ({ videoId }) =>
      discarding(uploads.abandonUpload(db, videoId, new Date())),
    ),
    create: action(uploads.uploadSchema, async (upload) => {
      const { videoId, created } = await telling(uploads.createVideo(db, upload, rules, new Date()));
      const own = { personId: upload.personId, id: videoId };
      return { created, video: await library.getVideo(db, own, view) };
    }),

    check: action(contentSchema, (content) => checkSource(db, content)),
    reuse: action(reuseSchema, async (wish) => {
      const { videoId } = await telling(reuseSource(db, wish, rules, new Date()));
      return library.getVideo(db, { personId: wish.personId, id: videoId }, view);
    }),
    exportPerson: action(exportPageSchema, (query) => exportPerson(db, view, query)),
    exportFiles: action(exportPageSchema, (query) => exportFiles(db, query)),
    removePerson: action(usageSchema, async ({ personId }) => {
      await refusePerson(db, personId, new Date());
      purging?.kick();
    }),
    usage: action(usageSchema, ({ personId }) => readUsage(db, personId, quotas, new Date())),

    get: { ...action(library.ownSchema, (own) => library.getVideo(db, own, view)), ...fresh },
    list: { ...action(listSchema, (query) => listVideos(db, query, view)), ...fresh },
    many: action(manySchema, (query) => showMany(db, query, view)),
    queued: action(queuedSchema, (query) => listQueued(db, query, view)),
    changes: action(changesSchema, ({ after }) => readChanges(db.sequelize, after)),
    missed: action(missedSchema, ({ people }) => readMissed(db.sequelize, people)),
    archive: action(results.archiveSchema, (query) => results.findArchive(db, query)),
    frames: action(results.liveFramesSchema, (query) => results.listFinishedFrames(db, query)),
    frame: action(results.liveFrameQuerySchema, (query) => results.findFinishedFrame(db, query)),
    remove: action(library.ownSchema, (own, { id }) =>
      discarding(library.removeVideo(db, own, new Date(), id)),
    ),
    cancel: action(library.ownSchema, async (own, { id }) => {
      await ending(library.cancelVideo(db, own, new Date(), id));
      return library.getVideo(db, own, view);
    }),
    retry: action(library.ownSchema, async (own, { id }) => {
      await telling(again.retryVideo(db, own, new Date(), id, { ...retention, quotas }));
      return library.getVideo(db, own, view);
    }),
    extract: action(again.extractSchema, async ({ recipe, ...own }, { id }) => {
      await telling(again.extractAgain(db, { recipe, ...own }, new Date(), id, { ...retention, quotas }));
      return library.getVideo(db, own, view);
    }),

    createLink: action(links.createLinkSchema, (link) => links.createLink(db, link, new Date())),
    listLinks: action(library.ownSchema, (own) => links.listLinks(db, own, new Date())),
    revokeLink: action(links.revokeLinkSchema, (link, { id }) => links.revokeLink(db, link, new Date(), id)),
    findLink: action(links.findLinkSchema, (link) => links.findLink(db, link, new Date())),

    claim: action(claimSchema, async (worker) => {
      const work = await claim(db, worker, scheduling, new Date());
      return work && config.tracing ? { ...work, trace: await traceOf(db, work.extractionId) } : work;
    }),
    renew: action(attempts.renewSchema, (renewal) => attempts.renew(db, renewal, scheduling, new Date())),
    shareFrames: action(shareSchema, (part) => shareFrames(db, part, new Date())),
    split: action(splitSchema, (split) => telling(splitExtraction(db, split, new Date()))),
    ranges: action(attempts.attemptSchema, ({ extractionId }) => ranges.listRanges(db, extractionId)),
    claimRange: action(claimOwnRangeSchema, (owner) => claimOwnRange(db, owner, scheduling, new Date())),
    renewRange: action(ranges.claimedRangeSchema, (claimed) =>
      ranges.renewRange(db, claimed, scheduling, new Date()),
    ),
    endRange: action(ranges.endRangeSchema, (end) => ranges.endRange(db, end)),
    complete: action(attempts.completeSchema, async (result) => {
      const outcome = await ending(attempts.complete(db, result, new Date(), retention));
      if (outcome.accepted) await measureCompletion(db, result.extractionId, new Date());
      return outcome;
    }),
    fail: action(attempts.failSchema, (failure) =>
      ending(attempts.fail(db, failure, scheduling, new Date())),
    ),
    release: action(attempts.attemptSchema, (attempt) => ending(attempts.release(db, attempt, new Date()))),
    ...administrationActions({
      ...{ db, quotas, retention, ending, discarding },
      queue: () => queue,
      going: (dryRun) => [going(dryRun), orphans(dryRun)],
    }),
    settle: action(z.strictObject({ eventId: z.uuid() }), ({ eventId }) => settle(db, eventId, new Date())),
  },

  async started(this: Service) {
    queue = openQueue(this.logger);
    await resendUnsettled(db);
    const call = (name: string, params: object) => this.broker.call(name, params);
    calling = startDurableCalls(db.sequelize, call, this.logger);
    relaying = startLoop('outbox', 1000, () => relay(db, queue), this.logger);
    const sweepMs = scheduling.sweepSeconds * 1000;
    waking = startLoop(
      'wake-up',
      sweepMs,
      () => wakeWorkers({ db, queue, scheduling }, new Date()),
      this.logger,
    );
    tidying = startLoop('tidy', TIDY_MS, () => tidy({ db, store }, new Date()), this.logger);
    const { dryRun } = retention;
    const { logger } = this;
    const keepTo = () => discarding(tell(going(dryRun), dryRun, logger));
    retaining = startLoop('retention', dryRun ? HOUR_MS : TIDY_MS, keepTo, logger);
    const clear = () => discarding(clearOrphans({ db, store }, dryRun, logger));
    const purge = () => purgeGone(db.sequelize, (id) => purgePerson(db, id, new Date()), new Date());
    if (config.metrics)
      measuring = startLoop('measuring', MEASURE_MS, () => measureWork({ db, queue }, new Date()), logger);
    purging = startLoop('removing people', PURGE_MS, () => ending(discarding(purge())), logger);
    orphaning = startLoop('orphans', HOUR_MS, clear, logger);
    sweeping = startLoop(
      'sweep',
      sweepMs,
      () => sweep({ db, store, queue, scheduling }, new Date()),
      this.logger,
    );
  },

  async stopped() {
    const loops = [relaying, waking, sweeping, tidying, retaining, orphaning, calling, purging, measuring];
    await Promise.all(loops.map(async (loop) => loop?.stop()));
  },
};

export default schema;
