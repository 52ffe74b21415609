import type { PersonalRequest } from '../../endpoint.ts';

/** Who does a deed, as the audit log names them. */
export const byCaller = ({ caller }: Pick<PersonalRequest, 'caller'>) => ({ by: caller.personId });
