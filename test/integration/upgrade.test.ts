import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { QueryTypes, type Sequelize } from 'sequelize';
import { createDatabase, migrate, type Migration } from '../../lib/database.ts';
import { silentLogger } from '../../lib/logger.ts';
import { migrations as auth } from '../../services/auth/migrations.ts';
import { migrations as notify } from '../../services/notify/migrations.ts';
import { migrations as video } from '../../services/video/migrations.ts';
import { emptyDatabaseUrl } from '../support/database.ts';

const open: Sequelize[] = [];
afterEach(() => Promise.all(open.splice(0).map((sequelize) => sequelize.close())));

const [id, other] = [randomUUID(), randomUUID()];
const services = { auth, video, notify };

/** Rows of the first version of each database, and what the newest must say of them. */
const first: Record<keyof typeof services, { rows: string; question: string; answer: object[] }> = {
  auth: {
    rows: `
      INSERT INTO people VALUES ('${id}', 'ann@example.com', 'hash', 'Ann', 'en', 'user', now());
      INSERT INTO refresh_tokens VALUES ('${other}', '${other}', '${id}', 'hash', now(), now() + interval '1 day')`,
    question: `SELECT p.email, p.second_factor, p.disabled_at, s.id AS session
               FROM people p JOIN sessions s ON s.person_id = p.id`,
    answer: [{ email: 'ann@example.com', second_factor: false, disabled_at: null, session: other }],
  },
  video: {
    rows: `
      INSERT INTO videos VALUES ('${id}', '${other}', 'a.mp4', 'video/mp4', 1, 'sha', 'sources/a', NULL, now());
      INSERT INTO extractions (id, video_id, person_id, recipe, status, run_at, created_at)
        VALUES ('${other}', '${id}', '${other}', '{}', 'queued', now(), now());
      INSERT INTO outbox VALUES ('${id}', 'video.uploaded', '{}', now())`,
    question: `SELECT v.filename, v.source_removed_at, e.status, e.manifest, o.topic
               FROM videos v JOIN extractions e ON e.video_id = v.id, outbox o`,
    answer: [
      {
        ...{ filename: 'a.mp4', source_removed_at: null },
        ...{ status: 'queued', manifest: null, topic: 'video.uploaded' },
      },
    ],
  },
  notify: {
    rows: `
      INSERT INTO notifications (id, event_id, channel, person_id, template, payload, next_attempt_at, created_at)
        VALUES ('${id}', '${other}', 'email', '${other}', 'video.failed', '{}', now(), now())`,
    question: 'SELECT id, kind, status, endpoint_id, attempts_before FROM notifications',
    answer: [{ id, kind: 'video.failed', status: 'pending', endpoint_id: null, attempts_before: 0 }],
  },
};

async function databaseAt(migrations: Migration[]): Promise<Sequelize> {
  const sequelize = createDatabase(await emptyDatabaseUrl());
  open.push(sequelize);
  await migrate(sequelize, migrations, silentLogger);
  return sequelize;
}

describe.each(Object.keys(services) as (keyof typeof services)[])('the database %s', (name) => {
  const { rows, question, answer } = first[name];

  test('of the first version comes to the newest with its rows, also step by step', async () => {
    const all = services[name];
    const sequelize = await databaseAt(all.slice(0, 1));
    await sequelize.query(rows);
    for (let steps = 2; steps <= all.length; steps += 1) {
      await migrate(sequelize, all.slice(0, steps), silentLogger);
    }
    expect(await sequelize.query(question, { type: QueryTypes.SELECT })).toEqual(answer);
  });

  test('only expands: the code of one version before goes on working', () => {
    const takesAway = /\b(RENAME|DROP (TABLE|COLUMN)|ALTER COLUMN \w+ (TYPE|SET NOT NULL))\b/i;
    const found = services[name].filter(({ sql }) => takesAway.test(sql)).map((migration) => migration.name);
    // From before the first release, when there was no version before.
    expect(found).toEqual(name === 'notify' ? ['002-channels'] : []);
  });
});
