import { QueryTypes } from 'sequelize';
import {
  querySection,
  readExportPage,
  tableSections,
  type ExportPage,
  type ExportSection,
} from '../../lib/person-export.ts';
import { listVideos } from './listing.ts';
import type { VideoDatabase } from './models.ts';
import type { ViewSource } from './views.ts';

/** A stored file of a person's: where it goes in their export, and which object it is. */
export interface ExportFile {
  /** Readable, and like no other. */
  path: string;
  key: string;
  size: number;
  sha256: string;
}

interface FileRow {
  key: string;
  videoId: string;
  extractionId: string | null;
  filename: string;
  size: string;
  sha256: string;
}

const PAGE = 100;

/** Sources and archives that several rows share are there once, beside the oldest of these rows. */
const FILES = `
  SELECT * FROM (
    (SELECT DISTINCT ON (object_key) object_key AS key, id AS "videoId", NULL AS "extractionId", filename, size, sha256
      FROM videos WHERE person_id = :personId AND source_removed_at IS NULL ORDER BY object_key, created_at, id)
    UNION ALL
    (SELECT DISTINCT ON (archive_key) archive_key, video_id, CAST(e.id AS text), filename, archive_size, archive_sha256
      FROM extractions AS e JOIN videos ON videos.id = video_id
      WHERE e.person_id = :personId AND status = 'completed' ORDER BY archive_key, ordinal)
  ) AS files WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT ${PAGE}`;

/** A page of a person's files. */
export async function exportFiles(
  { sequelize }: VideoDatabase,
  { personId, cursor }: { personId: string; cursor?: string | undefined },
): Promise<{ items: ExportFile[]; nextCursor: string | null }> {
  const rows = await sequelize.query<FileRow>(FILES, {
    replacements: { personId, after: cursor ?? '' },
    type: QueryTypes.SELECT,
  });
  const items = rows.map((row) => {
    const { key, sha256 } = row;
    return { path: pathOf(row), key, size: Number(row.size), sha256 };
  });
  return { items, nextCursor: rows.length === PAGE ? (rows.at(-1)?.key ?? null) : null };
}

function pathOf({ videoId, extractionId, filename }: FileRow): string {
  const name = filename.replace(/[<>:"|?*/\\]/g, '_').replace(/[. ]+$/, '') || 'video';
  const folder = `files/${name
    .replace(/\.[^.]{1,10}$/, '')
    .slice(0, 80)
    .trim()
    .toWellFormed()} ${videoId}`;
  return extractionId === null ? `${folder}/${name}` : `${folder}/frames ${extractionId}.zip`;
}

/** A page of what is held of a person here. */
export async function exportPerson(
  db: VideoDatabase,
  view: ViewSource,
  query: { personId: string; cursor?: string | undefined },
): Promise<ExportPage> {
  const links = querySection(
    db.sequelize,
    'links',
    `SELECT CAST(links.id AS text) AS key, to_jsonb(links) AS item FROM links
      JOIN videos ON videos.id = video_id WHERE person_id = :personId`,
  );
  const others = await tableSections(db.sequelize, ['videos', 'extractions']);
  return readExportPage([videosOf(db, view), filesOf(db), links, ...others], query);
}

const videosOf = (db: VideoDatabase, view: ViewSource): ExportSection => ({
  name: 'videos',
  read: async (personId, after) => {
    const page = await listVideos(db, { personId, limit: PAGE, ...(after ? { cursor: after } : {}) }, view);
    return { items: page.items, next: page.nextCursor };
  },
});

const filesOf = (db: VideoDatabase): ExportSection => ({
  name: 'files',
  read: async (personId, after) => {
    const page = await exportFiles(db, { personId, ...(after ? { cursor: after } : {}) });
    const items = page.items.map(({ path, size, sha256 }) => ({ path, size, sha256 }));
    return { items, next: page.nextCursor };
  },
});
