import { QueryTypes, type Sequelize } from 'sequelize';
import { z } from 'zod';
import { ProblemError } from './errors.ts';

// Each service tells what it holds of a person, page by page; the gateway puts it together.

/** What `auth.exportPerson`, `video.exportPerson` and `notify.exportPerson` take. */
export const exportPageSchema = z.strictObject({
  personId: z.uuid(),
  cursor: z.string().max(2000).optional(),
});

/** A page of one section; the pages of a section follow each other, until `nextCursor` is null. */
export interface ExportPage {
  /** Names the file that the items go to. */
  section: string;
  items: object[];
  nextCursor: string | null;
}

/** A bit of a section: the items after `after`, and where they end; null when nothing comes after them. */
export interface ExportSection {
  name: string;
  read(personId: string, after: string | null): Promise<{ items: object[]; next: string | null }>;
}

const cursorSchema = z.tuple([z.string(), z.string().nullable()]);

/**
 * Read a page of what is held of a person.
 * @param sections in the order in which they are told
 * @throws ProblemError `validation_failed` when the cursor is none of ours
 */
export async function readExportPage(
  sections: ExportSection[],
  { personId, cursor }: z.output<typeof exportPageSchema>,
): Promise<ExportPage> {
  const [name, after] = cursor === undefined ? [sections[0]?.name, null] : readCursor(cursor);
  const index = sections.findIndex((section) => section.name === name);
  const section = sections[index];
  if (!section) throw new ProblemError('validation_failed');
  const { items, next } = await section.read(personId, after);
  const following = next === null ? sections[index + 1] : section;
  const nextCursor = following ? writeCursor(following.name, next) : null;
  return { section: section.name, items, nextCursor };
}

const writeCursor = (name: string, after: string | null) =>
  Buffer.from(JSON.stringify([name, after])).toString('base64url');

function readCursor(cursor: string): [string, string | null] {
  try {
    return cursorSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw new ProblemError('validation_failed');
  }
}

const PAGE = 500;
/** Tables that only repeat what others hold. */
const INTERNAL = ['gone_people', 'changes'];
/** What lets somebody in is nobody's to have, not even in their own export; where it is stored is of no use to them. */
const HIDDEN = /secret|hash|password|token|cipher|object_key|archive_key|repetition_key/;

/**
 * Every table that names people in a column `person_id` as a section, so that no table is forgotten. What hides
 * something by its name stays hidden.
 * @param except tables that are told of otherwise
 */
export async function tableSections(sequelize: Sequelize, except: string[] = []): Promise<ExportSection[]> {
  const rows = await sequelize.query<{ name: string; key: string[] }>(
    `SELECT columns.table_name AS name, keys.key FROM information_schema.columns
      JOIN LATERAL (
        SELECT array_agg(CAST(attname AS text) ORDER BY attnum) AS key FROM pg_index
        JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indisprimary AND indrelid = CAST(quote_ident(columns.table_name) AS regclass)
      ) AS keys ON true
      WHERE table_schema = current_schema() AND column_name = 'person_id'
        AND table_name NOT IN (:except) ORDER BY 1`,
    { replacements: { except: [...INTERNAL, ...except] }, type: QueryTypes.SELECT },
  );
  return rows.map(({ name, key }) =>
    querySection(
      sequelize,
      name,
      `SELECT concat_ws(' ', ${key.map((column) => `"${column}"`).join(', ')}) AS key, to_jsonb(t) AS item
        FROM "${name}" AS t WHERE person_id = :personId`,
    ),
  );
}

/**
 * A section made of a query.
 * @param sql gives rows of `key` (text that orders them, different for each) and `item` (JSON); it may use `:personId`
 */
export function querySection(sequelize: Sequelize, name: string, sql: string): ExportSection {
  return {
    name,
    read: async (personId, after) => {
      const rows = await sequelize.query<{ key: string; item: Record<string, unknown> }>(
        `SELECT key, item FROM (${sql}) AS rows WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT ${PAGE}`,
        { replacements: { personId, after: after ?? '' }, type: QueryTypes.SELECT },
      );
      const last = rows.length === PAGE ? (rows.at(-1)?.key ?? null) : null;
      return { items: rows.map(({ item }) => readable(item)), next: last };
    },
  };
}

/** As the API writes them: in camel case, without what is hidden and whose it is. */
function readable(item: Record<string, unknown>): object {
  const kept = Object.entries(item).filter(([name]) => name !== 'person_id' && !HIDDEN.test(name));
  return Object.fromEntries(
    kept.map(([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value]),
  );
}
