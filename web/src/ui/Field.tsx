import type { ComponentChildren, PartialInputHTMLAttributes } from 'preact';
import { useId, useState } from 'preact/hooks';
import { t } from '../i18n/index.ts';

/** What ties a control to its label, hint and error. Spread it over the control. */
interface ControlProps {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  /** What is wrong with the value. */
  error?: string | undefined;
  optional?: boolean;
  children: (control: ControlProps) => ComponentChildren;
}

/** A label, a control, and what is to be said about it. */
export function Field({ label, hint, error, optional, children }: FieldProps) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="optional"> · {t('optional')}</span>}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

type InputProps = Omit<
  PartialInputHTMLAttributes<HTMLInputElement>,
  'onInput' | 'label' | 'value' | 'role' | 'type' | 'list'
> &
  Omit<FieldProps, 'children'> & { value: string; onValue: (value: string) => void; type?: InputType };

type InputType = 'text' | 'email' | 'number' | 'url' | 'password';

/** Preact's types bind each type to the roles it may have; none of ours has one. */
const ofType = (type: InputType) => ({ type: type as 'text' });

/** A field of one line. */
export function TextField({ label, hint, error, optional, onValue, type = 'text', ...input }: InputProps) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional ?? false}>
      {(control) => (
        <input
          {...input}
          {...ofType(type)}
          {...control}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** A password, which its owner may look at. */
export function PasswordField({ label, hint, error, onValue, ...input }: Omit<InputProps, 'type'>) {
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <div class="with-button">
          <input
            {...input}
            {...control}
            {...ofType(shown ? 'text' : 'password')}
            maxLength={200}
            autocapitalize="off"
            spellcheck={false}
            onInput={(event) => onValue(event.currentTarget.value)}
          />
          <button
            type="button"
            class="inside"
            aria-pressed={shown}
            aria-controls={control.id}
            onClick={() => setShown(!shown)}
          >
            {shown ? t('hidePassword') : t('showPassword')}
          </button>
        </div>
      )}
    </Field>
  );
}

interface SelectProps<Value extends string> extends Omit<FieldProps, 'children'> {
  value: Value;
  options: readonly (readonly [value: Value, label: string])[];
  onValue: (value: Value) => void;
}

/** A choice out of a list. */
export function SelectField<Value extends string>({
  label,
  hint,
  error,
  value,
  options,
  onValue,
}: SelectProps<Value>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <select
          {...control}
          value={value}
          onChange={({ currentTarget }) => {
            const chosen = options.find(([it]) => it === currentTarget.value);
            if (chosen) onValue(chosen[0]);
          }}
        >
          {options.map(([it, words]) => (
            <option key={it} value={it}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
