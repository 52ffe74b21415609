/** For backups: which objects the rows of a snapshot name, and how to keep them until they are copied. */

/** Any number; whoever deletes objects shares this advisory lock, and a backup that copies them has it alone. */
export const DELETING_LOCK = 1_618_033;

/** Every object that a row names, each once. The rows are written after their objects, so all of them are there. */
export const NAMED_OBJECTS = `
  SELECT object_key AS key FROM videos WHERE source_removed_at IS NULL
  UNION SELECT archive_key FROM extractions WHERE status = 'completed' AND archive_key IS NOT NULL
  UNION SELECT preview->>'key' FROM extractions WHERE status = 'completed' AND preview IS NOT NULL
  UNION SELECT concat_ws('/', 'parts', extraction_id, attempt, part) FROM frame_parts
  UNION SELECT key FROM ranges WHERE key IS NOT NULL`;

/** What unfinished uploads begin with: of these, there is what has arrived. */
export const UNFINISHED_UPLOADS = "SELECT object_key AS key FROM uploads WHERE kind = 'resumable'";
