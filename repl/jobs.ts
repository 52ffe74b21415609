import { z } from 'zod';
import type { JobPage, JobStory, JobSummary } from '../lib/administration/replies.ts';
import { problemCode } from '../lib/errors.ts';
import { command, type Desk } from './command.ts';
import { age, findPerson, more, paging, pagingOptions } from './inputs.ts';
import * as tables from './tables.ts';

const statuses = ['queued', 'processing', 'completed', 'failed', 'canceled', 'expired'] as const;

const jobs = command({
  usage: 'jobs',
  description: 'List extractions of everybody, newest first',
  options: [
    { option: '--status [status]', description: `Only those that are ${statuses.join(', ')}` },
    { option: '--person [person]', description: 'Only those of a person (e-mail address or id)' },
    { option: '--older-than [age]', description: 'Only those made longer ago than 90s, 10m, 2h or 3d' },
    { option: '--newer-than [age]', description: 'Only those made since then' },
    ...pagingOptions,
  ],
  input: z.strictObject({
    status: z.enum(statuses).optional(),
    person: z.string('Name a person').optional(),
    olderThan: age.optional(),
    newerThan: age.optional(),
    ...paging,
  }),
  run: async ({ person, olderThan, newerThan, ...query }, desk) => {
    const personId = person === undefined ? undefined : (await findPerson(desk, person)).id;
    const ages = { minAgeSeconds: olderThan, maxAgeSeconds: newerThan };
    const page = await desk.call<JobPage>('video.jobs', {
      ...{ ...query, ...ages, personId },
    });
    return jobTable(page.items, desk) + more('jobs', page.nextCursor);
  },
});

const jobTable = (items: JobSummary[], { now }: Pick<Desk, 'now'>) =>
  tables.list(
    ['JOB', 'STATUS', 'PROGRESS', 'TRIES', 'AGE', 'WORKER', 'FILE'],
    items.map((job) => [
      ...[job.id, job.errorCode === null ? job.status : `${job.status} (${job.errorCode})`],
      ...[`${job.progress} %`, job.attempts, tables.ageText(job.createdAt, now), job.worker, job.filename],
    ]),
    'There is no such job',
  );

const reference = z.strictObject({ id: z.string() });

const job = command({
  usage: 'job <id>',
  description: 'Tell all that is known of one extraction (or of the newest one of a video)',
  input: reference,
  run: async ({ id }, desk) => {
    const story = await desk.call<JobStory>('video.job', { id });
    const email = await findPerson(desk, story.personId).then(
      (person) => person.email,
      (error: unknown) => {
        if (problemCode(error) !== 'not_found') throw error;
        return 'gone';
      },
    );
    return tellStory(story, email, desk);
  },
});

/** @returns the story of an extraction, in blocks */
function tellStory(story: JobStory, email: string, { now }: Pick<Desk, 'now'>): string {
  const { source, archive, error } = { ...story, error: story.errorCode };
  const facts = tables.facts({
    job: story.id,
    video: `${story.videoId}  ${story.filename}`,
    person: `${email}  ${story.personId}`,
    status: `${story.status}, ${story.progress} %`,
    error,
    recipe: JSON.stringify(story.recipe),
    attempts: `${story.attempts}, of which ${story.failedAttempts} failed`,
    worker: story.worker,
    lease: story.leaseUntil && `until ${story.leaseUntil} (${tables.ageText(story.leaseUntil, now)})`,
    'not before': story.status === 'queued' ? story.runAt : null,
    created: story.createdAt,
    started: story.startedAt,
    finished: story.finishedAt,
    expires: story.expiresAt,
    source: `${source.key}  ${tables.bytesText(source.size)}  ${source.contentType}`,
    'source gone': source.removedAt,
    media: story.media && JSON.stringify(story.media),
    frames: story.frameCount,
    archive: archive && `${archive.key}  ${tables.bytesText(archive.size)}`,
    warnings: story.warnings.length > 0 ? story.warnings.join(', ') : null,
  });
  return [facts, ...blocks(story)].join('\n\n');
}

function blocks({ ranges, events, siblings, id }: JobStory): string[] {
  const others = siblings.filter((sibling) => sibling.id !== id);
  const parts = [
    ranges.length > 0 &&
      tables.list(
        ['RANGE', 'FRAMES', 'TRIES', 'WORKER', 'LEASE UNTIL', 'STORED'],
        ranges.map((range) => [
          ...[range.number, `${range.first}–${range.first + range.count - 1}`, range.attempts],
          ...[range.worker, range.leaseUntil, range.refused ? 'refused' : range.stored ? 'yes' : 'no'],
        ]),
        '',
      ),
    events.length > 0 &&
      tables.list(
        ['EVENT', 'RECORDED', 'SENT', 'ARRIVED'],
        events.map((event) => [event.topic, event.createdAt, event.sentAt, event.settledAt]),
        '',
      ),
    others.length > 0 &&
      tables.list(
        ['OTHER JOBS OF THE VIDEO', 'STATUS', 'CREATED'],
        others.map((sibling) => [sibling.id, sibling.status, sibling.createdAt]),
        '',
      ),
  ];
  return parts.filter((part) => part !== false);
}

const requeue = command({
  usage: 'requeue <id>',
  description: 'Have a job run again: a failed one anew, a running one by another worker, a waiting one now',
  input: reference,
  run: async ({ id }, { call, by }) => {
    const queued = await call<JobStory>('video.requeueJob', { id, by });
    return queued.id === id || queued.videoId === id
      ? `${queued.id} is ${queued.status} again`
      : `${queued.id} is ${queued.status}, in place of ${id}`;
  },
});

const cancel = command({
  usage: 'cancel <id>',
  description: 'Cancel a job, whoever’s it is',
  input: reference,
  run: async ({ id }, { call, by }) => {
    const canceled = await call<JobStory>('video.cancelJob', { id, by });
    return `${canceled.id} is ${canceled.status}`;
  },
});

/** The commands about extractions. */
export const jobCommands = [jobs, job, requeue, cancel];
