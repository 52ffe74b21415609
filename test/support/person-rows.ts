import { QueryTypes, type Sequelize } from 'sequelize';

/** The tables of a database that mention a person anywhere in a row, but for those that remember who is gone. */
export async function tablesWith(sequelize: Sequelize, text: string): Promise<string[]> {
  const tables = await sequelize.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> 'gone_people'`,
    { type: QueryTypes.SELECT },
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await sequelize.query(
      `SELECT 1 FROM "${name}" AS t WHERE strpos(CAST(to_jsonb(t) AS text), :text) > 0 LIMIT 1`,
      { replacements: { text }, type: QueryTypes.SELECT },
    );
    if (rows.length > 0) found.push(name);
  }
  return found.sort();
}
