import { z } from 'zod';
import type {
  DeedPage,
  NotificationCounts,
  RetentionReport,
  WorkReport,
  WorkState,
} from '../lib/administration/replies.ts';
import { drainNode, listNodes, resumeNode } from '../lib/administration/nodes.ts';
import { ProblemError } from '../lib/errors.ts';
import { command } from './command.ts';
import { more, paging, pagingOptions } from './inputs.ts';
import * as tables from './tables.ts';

const queues = command({
  usage: 'queues',
  description: 'Tell how much work waits where',
  input: z.strictObject({}),
  run: async (_input, { call }) => {
    const [report, mail] = await Promise.all([
      call<WorkReport>('video.queues', {}),
      call<NotificationCounts>('notify.counts', {}),
    ]);
    const { topics, jobs, outbox, doomedObjects } = report;
    const rows = topics.map(({ topic, waiting, retrying, dead }) => [topic, waiting, retrying, dead]);
    return [
      tables.list(['QUEUE', 'WAITING', 'RETRYING', 'DEAD'], rows, ''),
      tables.facts({
        jobs: `${jobs.queued} queued (${jobs.due} due), ${jobs.processing} processing (${jobs.lost} with a lost lease)`,
        outbox: `${outbox.unsent} not sent, ${outbox.unsettled} not confirmed`,
        mail: `${mail.email.waiting} waiting, ${mail.email.failed} given up in a week`,
        webhooks: `${mail.webhook.waiting} waiting, ${mail.webhook.failed} given up in a week`,
        objects: `${doomedObjects} to be deleted`,
      }),
    ].join('\n\n');
  },
});

const processes = command({
  usage: 'processes',
  description: 'List the processes of the system, with their services, version, uptime and work in hand',
  input: z.strictObject({}),
  run: async (_input, { call, now }) => {
    const { items } = await listNodes(call, now);
    const rows = items.map((node) => [
      ...[node.id, node.available ? 'up' : 'gone', node.version],
      ...[node.uptimeSeconds === null ? null : tables.durationText(node.uptimeSeconds)],
      ...[node.cpu === null ? null : `${node.cpu} %`, node.work ? workText(node.work) : null],
      node.services.join(' ') || 'none',
    ]);
    return tables.list(['NODE', 'STATE', 'VERSION', 'UPTIME', 'CPU', 'WORK', 'SERVICES'], rows, '');
  },
});

const workText = ({ paused, inHand }: WorkState) =>
  `${paused ? (inHand > 0 ? 'draining' : 'drained') : 'working'}, ${inHand} in hand`;

const reference = z.strictObject({ node: z.string() });

const drain = command({
  usage: 'drain <node>',
  description: 'Have the processor of a node take no more work and hand back what it has',
  input: reference,
  run: async ({ node }, { call, by, now }) =>
    `${node}: ${workText(await drainNode(call, { node, by }, now))}`,
});

const resume = command({
  usage: 'resume <node>',
  description: 'Have the processor of a node take work again',
  input: reference,
  run: async ({ node }, { call, by, now }) =>
    `${node}: ${workText(await resumeNode(call, { node, by }, now))}`,
});

const retention = command({
  usage: 'retention',
  description: 'Tell what is past its time and would be deleted',
  options: [
    { option: '--dry-run', description: 'Only tell; so it is, too, without an option' },
    { option: '--run', description: 'Delete it now' },
    { option: '--limit [count]', description: 'How many things to list' },
  ],
  input: z.strictObject({
    dryRun: z.boolean().default(false),
    run: z.boolean().default(false),
    limit: paging.limit,
  }),
  run: async ({ dryRun, run, limit }, { call, by }) => {
    if (dryRun && run) {
      const message = 'Say --dry-run or --run, not both';
      throw new ProblemError('validation_failed', { errors: [{ path: 'run', message }] });
    }
    const report = await call<RetentionReport>('video.retention', {
      ...{ dryRun: !run, limit, by },
    });
    const rows = report.items.map(({ what, key, id, size, reason, expiredAt }) => [
      ...[what, key ?? id, size === null ? null : tables.bytesText(size), reason, expiredAt],
    ]);
    const table = tables.list(['WHAT', 'WHICH', 'SIZE', 'WHY', 'SINCE'], rows, 'Nothing is past its time');
    return `${table}\n${report.count} things, ${tables.bytesText(report.bytes)} ${run ? 'are gone' : 'would go'}`;
  },
});

const deeds = command({
  usage: 'deeds',
  description: 'Show what administrators have done, newest first',
  options: pagingOptions,
  input: z.strictObject(paging),
  run: async (query, { call }) => {
    const page = await call<DeedPage>('auth.deeds', query);
    const rows = page.items.map(({ at, by, deed, about, details }) => [
      ...[at, by, deed, about, JSON.stringify(details)],
    ]);
    const table = tables.list(['AT', 'BY', 'DEED', 'ABOUT', 'DETAILS'], rows, 'Nothing was done yet');
    return table + more('deeds', page.nextCursor);
  },
});

/** The commands about the system as a whole. */
export const systemCommands = [queues, processes, drain, resume, retention, deeds];
