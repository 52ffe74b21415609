import { forgetHandledRequests } from '../../lib/once.ts';
import { forgetDeeds } from './administration/deed-log.ts';
import { removeExpiredCounters } from './counters.ts';
import { forgetOrigins } from './known-origins.ts';
import { forgetExports } from './exports.ts';
import { forgetLetterTokens } from './letter-tokens.ts';
import type { AuthDatabase } from './models.ts';
import { removeLeftPlaces } from './places.ts';
import { removeExpired } from './refresh-tokens.ts';
import { forgetSecurityEvents } from './security-events.ts';
import { forgetEndedSessions } from './session-endings.ts';

/** Remove everything whose time is over. */
export async function removeWhatIsOver(db: AuthDatabase, now = new Date()): Promise<void> {
  await removeExpired(db, now);
  await removeExpiredCounters(db.sequelize, now);
  await forgetHandledRequests(db.sequelize, now);
  await forgetEndedSessions(db, now);
  await forgetLetterTokens(db, now);
  await forgetExports(db, now);
  await forgetOrigins(db, now);
  await forgetSecurityEvents(db, now);
  await forgetDeeds(db, now);
  await removeLeftPlaces(db, now);
}
