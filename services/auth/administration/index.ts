import { disabling, peopleQuery, personDeed, personReference } from '../../../lib/administration/requests.ts';
import { deedEntrySchema } from '../../../lib/administration/deeds.ts';
import { action } from '../../../mixins/action.ts';
import type { AuthDatabase } from '../models.ts';
import { roleSchema, setRole } from '../roles.ts';
import { deedQuery, listDeeds, writeDeed } from './deed-log.ts';
import { listPeople, readPerson } from './people.ts';
import { endPersonSessions, setDisabled } from './person-deeds.ts';

/** The actions by which administrators look after people, and the log of what administrators have done. */
export function administrationActions(db: AuthDatabase) {
  return {
    people: action(peopleQuery, (query) => listPeople(db, query, new Date())),
    findPerson: action(personReference, (reference) => readPerson(db, reference, new Date())),
    setRole: action(roleSchema, (wish) => setRole(db, wish, new Date())),
    setDisabled: action(disabling, async (wish) => {
      const personId = await setDisabled(db, wish, new Date());
      return readPerson(db, { personId }, new Date());
    }),
    endPersonSessions: action(personDeed, (wish) => endPersonSessions(db, wish, new Date())),
    deeds: action(deedQuery, (query) => listDeeds(db, query)),
    noteDeed: action(deedEntrySchema, (entry) => writeDeed(db, entry)),
  };
}
