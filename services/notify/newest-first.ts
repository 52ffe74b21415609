import type { Order, Sequelize } from 'sequelize';
import type { Place } from '../../lib/page-cursor.ts';

/** The order of lists of notifications. */
export const newestFirst: Order = [
  ['createdAt', 'DESC'],
  ['id', 'DESC'],
];

/** What comes behind a place in that order; a comparison of whole rows is one that an index answers. */
export const olderThan = (sequelize: Sequelize, { at, id }: Place) =>
  sequelize.literal(`(created_at, id) < (${sequelize.escape(at)}, CAST(${sequelize.escape(id)} AS uuid))`);
