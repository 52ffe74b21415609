import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QueryTypes } from 'sequelize';
import { createDatabase } from '../../lib/database.ts';
import { serviceNames, type Cluster } from '../support/cluster.ts';
import type { RequestCounts } from './store-probe.ts';

/** What a cluster of one process each has used up, by name: seconds of processor, messages, requests, bytes. */
export type Meter = Record<string, number>;

/** The kernel counts a process's time in these. */
const TICKS_PER_SECOND = 100;
const STORE_METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];

/** What clients have sent to the broker; RabbitMQ's own count. */
const RECEIVED = `Counts = maps:values(rabbit_global_counters:overview()),
  io:format("~b", [lists:sum([maps:get(messages_received_total, Count, 0) || Count <- Counts])]).`;
const SIZES = `SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS wal,
  (SELECT sum(pg_database_size(datname)) FROM pg_database) AS bytes`;

/** Read everything at one moment. */
export async function readMeter(cluster: Cluster, probes: string): Promise<Meter> {
  const meter: Meter = { seconds: performance.now() / 1000 };
  for (const name of serviceNames) {
    meter[`${name} CPU s`] = await cpuOf(cluster.processes[name][0]?.pid ?? 0);
  }
  meter['PostgreSQL CPU s'] = await postgresCpu(cluster.folder);
  meter['messages to RabbitMQ'] = parseInt(await cluster.rabbit.ctl('eval', RECEIVED), 10);
  const counts = await storeCounts(probes);
  for (const method of STORE_METHODS) {
    meter[`store ${method}`] = counts.reduce((sum, count) => sum + (count[method] ?? 0), 0);
  }
  return { ...meter, ...(await databaseBytes(cluster.databases.video)) };
}

async function storeCounts(probes: string): Promise<RequestCounts[]> {
  const files = (await readdir(probes)).filter((file) => /^\d+$/.test(file));
  const texts = files.map((file) => readFile(join(probes, file), 'utf8'));
  return (await Promise.all(texts)).map((text) => JSON.parse(text) as RequestCounts);
}

/** What was used up between two readings. */
export const difference = (from: Meter, to: Meter): Meter =>
  Object.fromEntries(Object.entries(to).map(([name, value]) => [name, value - (from[name] ?? 0)]));

async function databaseBytes(url: string): Promise<Meter> {
  const database = createDatabase(url);
  const [row] = await database.query<{ wal: string; bytes: string }>(SIZES, { type: QueryTypes.SELECT });
  await database.close();
  return { 'WAL bytes': Number(row?.wal), 'database bytes': Number(row?.bytes) };
}

/** Of the server, of its children that live, and of those that have ended. */
async function postgresCpu(folder: string): Promise<number> {
  const lines = (await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  const server = Number(lines[0]);
  let sum = await cpuOf(server);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (Number(afterName(stat)[1]) === server) sum += cpuIn(stat);
  }
  return sum;
}

/** Seconds of processor of a process and of the children that it has waited for. */
const cpuOf = async (pid: number) => cpuIn(await readFile(`/proc/${pid}/stat`, 'utf8'));

/** A name may hold blanks and parentheses. */
const afterName = (stat: string) => stat.slice(stat.lastIndexOf(')') + 2).split(' ');
const cpuIn = (stat: string) =>
  afterName(stat)
    .slice(11, 15)
    .reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
