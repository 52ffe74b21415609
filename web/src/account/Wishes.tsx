import { useState } from 'preact/hooks';
import { dataOf, type Schemas } from '../../../client/index.ts';
import { asPerson } from '../api/client.ts';
import { sentenceOf } from '../api/problem.ts';
import { kindName } from '../bell/texts.ts';
import { Card } from '../ui/Card.tsx';
import { Icon } from '../ui/Icon.tsx';
import { showToast } from '../ui/toasts.ts';
import { useLoad, type Loaded } from '../ui/loading.ts';
import { Ready } from '../ui/Ready.tsx';
import { a } from './texts/index.ts';

type Preferences = Schemas['Preferences'];
type Kind = Preferences['items'][number]['kind'];

const channels = ['email', 'inapp'] as const;
type Channel = (typeof channels)[number];

const channelNames = { email: 'channelEmail', inapp: 'channelInapp' } as const;
const groupsOfKinds = [
  ['video.', 'groupVideo'],
  ['quota.', 'groupQuota'],
  ['security.', 'groupSafety'],
] as const;

const askPreferences = (signal: AbortSignal) =>
  dataOf(asPerson.GET('/me/notifications/preferences', { signal }));

/** Which kinds of notices go where. */
export function Wishes() {
  const preferences = useLoad(askPreferences);
  return (
    <Card>
      <p class="soft">{a('wantsIntro')}</p>
      <Ready of={preferences}>{(value) => <Matrix value={value} put={preferences.put} />}</Ready>
    </Card>
  );
}

const withWish = ({ items }: Preferences, kind: Kind, channel: Channel, enabled: boolean): Preferences => ({
  items: items.map((it) =>
    it.kind === kind
      ? { ...it, channels: { ...it.channels, [channel]: { ...it.channels[channel], enabled } } }
      : it,
  ),
});

function Matrix({ value, put }: { value: Preferences; put: Loaded<Preferences>['put'] }) {
  /** Shown at once: should it fail, it is put back and told. */
  const choose = async (kind: Kind, channel: Channel, enabled: boolean) => {
    put(withWish(value, kind, channel, enabled));
    try {
      const body = { items: [{ kind, [channel]: enabled }] };
      put(await dataOf(asPerson.PUT('/me/notifications/preferences', { body })));
    } catch (error) {
      put(value);
      showToast(sentenceOf(error), { tone: 'bad' });
    }
  };
  return (
    <>
      <table class="wishes">
        <thead>
          <tr>
            <th scope="col">{a('what')}</th>
            {channels.map((channel) => (
              <th key={channel} scope="col">
                {a(channelNames[channel])}
              </th>
            ))}
          </tr>
        </thead>
        {groupsOfKinds.map(([prefix, title]) => (
          <tbody key={prefix}>
            <tr>
              <th scope="rowgroup" colSpan={channels.length + 1} class="wishes-group">
                {a(title)}
              </th>
            </tr>
            {value.items
              .filter(({ kind }) => kind.startsWith(prefix))
              .map((it) => (
                <WishRow key={it.kind} preference={it} onChoose={choose} />
              ))}
          </tbody>
        ))}
      </table>
      <p class="soft small locked">
        <Icon name="lock" size={16} />
        {a('lockedWhy')}
      </p>
    </>
  );
}

interface WishRowProps {
  preference: Preferences['items'][number];
  onChoose: (kind: Kind, channel: Channel, enabled: boolean) => Promise<void>;
}

function WishRow({ preference: { kind, channels: wishes }, onChoose }: WishRowProps) {
  const [saving, setSaving] = useState(false);
  const change = async (channel: Channel, enabled: boolean) => {
    setSaving(true);
    await onChoose(kind, channel, enabled);
    setSaving(false);
  };
  return (
    <tr>
      <th scope="row">{kindName(kind)}</th>
      {channels.map((channel) => {
        const { enabled, locked } = wishes[channel];
        return (
          <td key={channel}>
            <label class="wish">
              <input
                type="checkbox"
                checked={enabled}
                disabled={locked || saving}
                aria-label={a('wantedBy', { kind: kindName(kind), channel: a(channelNames[channel]) })}
                onChange={(event) => void change(channel, event.currentTarget.checked)}
              />
              {locked && <Icon name="lock" size={14} />}
            </label>
          </td>
        );
      })}
    </tr>
  );
}
