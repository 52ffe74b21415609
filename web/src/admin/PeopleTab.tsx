import { useCallback, useState } from 'preact/hooks';
import { dataOf, type Answer } from '../../../client/index.ts';
import { usePages } from '../ui/loading.ts';
import { PagedList } from '../ui/Ready.tsx';
import { asPerson, given } from '../api/client.ts';
import { person as me } from '../api/person.ts';
import { ago } from '../i18n/format.ts';
import { Button } from '../ui/Button.tsx';
import { Card } from '../ui/Card.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { TextField } from '../ui/Field.tsx';
import { Deed } from './Deed.tsx';
import { Refresh } from './Refresh.tsx';
import { d } from './texts/index.ts';

type PersonRecord = Answer<'get', '/admin/people'>['items'][number];

/** Everybody who has an account. */
export function PeopleTab() {
  const [text, setText] = useState('');
  const [search, setSearch] = useState('');
  const pageAt = useCallback(
    (cursor: string | null) => {
      const query = { limit: 20, ...given({ search, cursor }) };
      return dataOf(asPerson.GET('/admin/people', { params: { query } }));
    },
    [search],
  );
  const people = usePages(pageAt);
  return (
    <Card>
      <Refresh words={d('peopleIntro')} of={people} />
      <form
        class="stack-small limited"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          setSearch(text.trim());
        }}
      >
        <TextField label={d('searchPeople')} value={text} maxLength={254} onValue={setText} />
        <div>
          <Button type="submit" size="small" icon="search">
            {d('search')}
          </Button>
        </div>
      </form>
      <PagedList of={people} empty={<EmptyState icon="person" title={d('nobody')} />}>
        {(it) => <PersonLine person={it} onChanged={people.reload} />}
      </PagedList>
    </Card>
  );
}

function PersonLine({ person, onChanged }: { person: PersonRecord; onChanged: () => Promise<void> }) {
  const { email, name, role, disabledAt, emailVerified, sessions, apiKeys, createdAt, lastUsedAt } = person;
  const isMe = person.id === me.value?.id;
  const facts = [
    name,
    d('madeAgo', { when: ago(createdAt) }),
    lastUsedAt ? d('seen', { when: ago(lastUsedAt) }) : d('unseenYet'),
    d('sessions', { count: sessions }),
    apiKeys > 0 && d('apiKeys', { count: apiKeys }),
  ].filter(Boolean);
  return (
    <>
      <div class="row-head">
        <h2 class="row-title">{email}</h2>
        {isMe && <span class="badge good">{d('you')}</span>}
        {role === 'admin' && <span class="badge busy">{d('admin')}</span>}
        {!emailVerified && <span class="badge">{d('unverified')}</span>}
        {disabledAt !== null && <span class="badge bad">{d('disabled')}</span>}
      </div>
      <p class="soft small break">{facts.join(' · ')}</p>
      {!isMe && <PersonDeeds person={person} onChanged={onChanged} />}
    </>
  );
}

/** The texts of each deed. */
const words = {
  grant: { label: 'grant', labelOf: 'grantOf', ask: 'grantAsk', more: 'grantMore' },
  revoke: { label: 'revokeRole', labelOf: 'revokeRoleOf', ask: 'revokeRoleAsk', more: 'revokeRoleMore' },
  disable: { label: 'disable', labelOf: 'disableOf', ask: 'disableAsk', more: 'disableMore' },
  enable: { label: 'enable', labelOf: 'enableOf', ask: 'enableAsk', more: 'enableMore' },
  logOut: {
    label: 'logOutPerson',
    labelOf: 'logOutPersonOf',
    ask: 'logOutPersonAsk',
    more: 'logOutPersonMore',
  },
} as const;

/** Nobody does these to themself: somebody must be left who can undo them. */
function PersonDeeds({ person, onChanged }: { person: PersonRecord; onChanged: () => Promise<void> }) {
  const { id, email: name, role, disabledAt, sessions } = person;
  const params = { path: { id } };
  const act = (deed: () => Promise<unknown>) => async () => {
    await deed();
    await onChanged();
  };
  const setRole = (to: PersonRecord['role']) =>
    act(() => asPerson.PUT('/admin/people/{id}/role', { params, body: { role: to } }));
  const setEnabled = (verb: 'enable' | 'disable') =>
    act(() => asPerson.POST(`/admin/people/{id}/${verb}`, { params }));
  const logOut = act(() => asPerson.DELETE('/admin/people/{id}/sessions', { params }));
  return (
    <div class="actions">
      {role === 'user' ? (
        <Deed {...words.grant} name={name} run={setRole('admin')} />
      ) : (
        <Deed {...words.revoke} name={name} danger run={setRole('user')} />
      )}
      {sessions > 0 && <Deed {...words.logOut} name={name} run={logOut} />}
      {disabledAt === null ? (
        <Deed {...words.disable} name={name} danger run={setEnabled('disable')} />
      ) : (
        <Deed {...words.enable} name={name} run={setEnabled('enable')} />
      )}
    </div>
  );
}
