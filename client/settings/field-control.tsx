import type { ComponentType } from 'react';
import type { AnyDescription, ConfigView, Control, Field } from '../../shared/catalog/define.ts';
import type { FlowNode } from '../../shared/flow.ts';
import type { FieldIds } from '../ui/field.tsx';
import { NumberInput } from '../ui/number-input.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { Select } from '../ui/select.tsx';
import { Switch } from '../ui/switch.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { AssignmentsControl } from './assignments-control.tsx';
import { CertificateControl } from './certificate-control.tsx';
import { ConditionsControl } from './conditions-control.tsx';
import { CredentialControl } from './credential-control.tsx';
import { KeyPairControl } from './key-pair-control.tsx';
import { KnownHostsControl } from './known-hosts-control.tsx';
import { MailAddressControl } from './mail-address-control.tsx';
import { MailFolderControl } from './mail-folder-control.tsx';
import { MailSearchControl } from './mail-search-control.tsx';
import { RoutesControl } from './routes-control.tsx';
import { ScheduleControl } from './schedule-control.tsx';
import { numberOf, optionsOf, placeholderOf, textOf, typedText } from './values.ts';

export interface ControlProps {
  node: FlowNode;
  description: AnyDescription;
  field: Field;
  /** As typed; anything, since it may come from an older drawing or the API. */
  typed: unknown;
  /** All fields of the node with defaults filled in. */
  view: ConfigView;
  ids: FieldIds;
  labelId: string;
  onChange: (value: unknown) => void;
}

/** One control for each kind that a description may ask for. */
const controls: Record<Control, ComponentType<ControlProps>> = {
  text: TextControl,
  'mail-address': MailAddressControl,
  'mail-folder': MailFolderControl,
  textarea: ({ field, typed, view, ids, onChange }) => (
    <TextArea
      {...ids}
      value={textOf(typed)}
      placeholder={placeholderOf(field, view)}
      onChange={(text) => onChange(typedText(field, text))}
    />
  ),
  number: ({ field, typed, view, ids, onChange }) => (
    <NumberInput {...ids} value={numberOf(typed)} placeholder={placeholderOf(field, view)} onChange={onChange} className="max-w-32" />
  ),
  radio: ({ field, view, ids, labelId, onChange }) => (
    <RadioGroup
      aria-labelledby={labelId}
      aria-describedby={ids['aria-describedby']}
      value={textOf(view[field.key])}
      options={optionsOf(field, view)}
      onChange={onChange}
    />
  ),
  select: ({ field, view, ids, onChange }) => (
    <Select
      id={ids.id}
      aria-describedby={ids['aria-describedby']}
      aria-invalid={ids['aria-invalid']}
      value={textOf(view[field.key])}
      options={optionsOf(field, view)}
      onChange={onChange}
    />
  ),
  switch: ({ field, view, ids, onChange }) => <Switch {...ids} isOn={view[field.key] === true} onChange={onChange} />,
  credential: CredentialControl,
  certificate: CertificateControl,
  'known-hosts': KnownHostsControl,
  'key-pair': KeyPairControl,
  'mail-search': MailSearchControl,
  schedule: ScheduleControl,
  assignments: AssignmentsControl,
  conditions: ConditionsControl,
  routes: RoutesControl,
};

export function FieldControl(props: ControlProps) {
  const Control = controls[props.field.info.control];
  return <Control {...props} />;
}

function TextControl({ field, typed, view, ids, onChange }: ControlProps) {
  return (
    <TextInput
      {...ids}
      value={textOf(typed)}
      placeholder={placeholderOf(field, view)}
      onChange={(text) => onChange(typedText(field, text))}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
