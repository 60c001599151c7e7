import type { ConfigView, Field } from '../../shared/catalog/define.ts';
import type { FieldIds } from '../ui/field.tsx';
import { NumberInput } from '../ui/number-input.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { Select } from '../ui/select.tsx';
import { Switch } from '../ui/switch.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { AssignmentsControl } from './assignments-control.tsx';
import { ConditionsControl } from './conditions-control.tsx';
import { CredentialControl } from './credential-control.tsx';
import { ScheduleControl } from './schedule-control.tsx';
import { numberOf, optionsOf, placeholderOf, textOf, typedText } from './values.ts';

export interface ControlProps {
  field: Field;
  /** As typed; anything, since it may come from an older drawing or the API. */
  typed: unknown;
  /** All fields of the node with defaults filled in. */
  view: ConfigView;
  ids: FieldIds;
  labelId: string;
  onChange: (value: unknown) => void;
}

/** The control that the description asks for. */
export function FieldControl(props: ControlProps) {
  const { field, typed, view, ids, labelId, onChange } = props;
  const shown = view[field.key];
  const changeText = (text: string) => onChange(typedText(field, text));
  const group = { 'aria-labelledby': labelId, 'aria-describedby': ids['aria-describedby'] };

  switch (field.info.control) {
    case 'text':
    case 'mail-folder':
      return (
        <TextInput
          {...ids}
          value={textOf(typed)}
          placeholder={placeholderOf(field, view)}
          onChange={changeText}
          autoComplete="off"
          spellCheck={false}
        />
      );
    case 'textarea':
      return <TextArea {...ids} value={textOf(typed)} placeholder={placeholderOf(field, view)} onChange={changeText} />;
    case 'number':
      return <NumberInput {...ids} value={numberOf(typed)} placeholder={placeholderOf(field, view)} onChange={onChange} />;
    case 'radio':
      return <RadioGroup {...group} value={textOf(shown)} options={optionsOf(field, view)} onChange={onChange} />;
    case 'select':
      return (
        <Select
          id={ids.id}
          aria-describedby={ids['aria-describedby']}
          aria-invalid={ids['aria-invalid']}
          value={textOf(shown)}
          options={optionsOf(field, view)}
          onChange={onChange}
        />
      );
    case 'switch':
      return <Switch {...ids} isOn={shown === true} onChange={onChange} />;
    case 'credential':
      return <CredentialControl {...props} />;
    case 'schedule':
      return <ScheduleControl {...props} />;
    case 'assignments':
      return <AssignmentsControl {...props} />;
    case 'conditions':
      return <ConditionsControl {...props} />;
  }
}
