import { fieldText, t } from '../i18n/index.ts';
import { Field, SelectField, TextField } from '../ui/Field.tsx';
import type { Draft, DraftFault, Mode } from './draft.ts';

interface RecipeFieldsProps {
  draft: Draft;
  faults: DraftFault[];
  onChange: (draft: Draft) => void;
}

const modes = ['interval', 'count', 'scene', 'times', 'keyframes', 'all'] as const satisfies Mode[];

/** The fields of a recipe, in plain words. */
export function RecipeFields({ draft, faults, onChange }: RecipeFieldsProps) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const errorAt = (field: keyof Draft) => {
    const fault = faults.find((it) => it.field === field);
    return fault && fieldText(fault.path);
  };
  const field = (name: TextName) => ({
    value: draft[name],
    error: errorAt(name),
    onValue: (value: string) => set({ [name]: value }),
  });
  return (
    <div class="recipe">
      <fieldset class="modes">
        <legend class="field-label">{t('whichFrames')}</legend>
        {modes.map((mode) => (
          <label key={mode} class="mode">
            <input
              type="radio"
              name="mode"
              value={mode}
              checked={draft.mode === mode}
              onChange={() => set({ mode })}
            />
            <span class="mode-words">
              <span class="mode-name">{t(`mode_${mode}`)}</span>
              <span class="hint">{t(`modeHint_${mode}`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <ModeField draft={draft} field={field} />
      <details class="finer" open={faults.some((it) => finer.has(it.field))}>
        <summary>{t('finerPoints')}</summary>
        <div class="finer-fields">
          <SelectField
            label={t('format')}
            value={draft.format}
            options={[
              ['jpg', t('formatJpg')],
              ['webp', t('formatWebp')],
              ['png', t('formatPng')],
            ]}
            onValue={(format) => set({ format })}
          />
          {draft.format !== 'png' && (
            <TextField
              label={t('quality')}
              optional
              inputMode="numeric"
              placeholder="85"
              hint={t('qualityHint')}
              {...field('quality')}
            />
          )}
          <TextField
            label={t('maxWidth')}
            optional
            inputMode="numeric"
            hint={t('maxWidthHint')}
            {...field('maxWidth')}
          />
          <TextField
            label={t('start')}
            optional
            placeholder="0:00"
            hint={t('timeHint')}
            {...field('start')}
          />
          <TextField label={t('end')} optional hint={t('endHint')} {...field('end')} />
          <label class="check">
            <input
              type="checkbox"
              checked={draft.dedupe}
              onChange={({ currentTarget }) => set({ dedupe: currentTarget.checked })}
            />
            {t('dedupe')}
          </label>
        </div>
      </details>
    </div>
  );
}

type TextName = 'interval' | 'count' | 'times' | 'quality' | 'maxWidth' | 'start' | 'end' | 'sceneChange';

const finer = new Set<keyof Draft>(['quality', 'maxWidth', 'start', 'end']);

type FieldOf = (name: TextName) => {
  value: string;
  error: string | undefined;
  onValue: (value: string) => void;
};

/** What one way of choosing needs to know. */
function ModeField({ draft, field }: { draft: Draft; field: FieldOf }) {
  switch (draft.mode) {
    case 'interval':
      return <TextField label={t('seconds')} inputMode="decimal" required {...field('interval')} />;
    case 'count':
      return <TextField label={t('count')} inputMode="numeric" required {...field('count')} />;
    case 'times':
      return <TextField label={t('times')} hint={t('timesHint')} required {...field('times')} />;
    case 'scene': {
      const { value, error, onValue } = field('sceneChange');
      return (
        <Field label={t('sceneChange')} hint={t('sceneChangeHint')} error={error}>
          {(control) => (
            <input
              {...control}
              type="range"
              min="5"
              max="80"
              step="5"
              value={value}
              onInput={(event) => onValue(event.currentTarget.value)}
            />
          )}
        </Field>
      );
    }
    default:
      return null;
  }
}
