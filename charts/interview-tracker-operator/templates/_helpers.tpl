{{- /* The image of the operator. */ -}}
{{- define "interview-tracker-operator.image" -}}
{{- with $.Values.image -}}
{{- with .registry }}{{ trimSuffix "/" . }}/{{ end }}{{ .repository }}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end -}}

{{- /* The arguments of the manager. A flag that is on has no value. */ -}}
{{- define "interview-tracker-operator.args" -}}
{{- range $name, $value := $.Values.flags }}
{{- if eq (toString $value) "true" }}
- --{{ $name }}
{{- else }}
- {{ printf "--%s=%s" $name (kindIs "string" $value | ternary $value (toJson $value)) | quote }}
{{- end }}
{{- end }}
{{- range $name := list "api" "frontend" }}
{{- if and $.Values.image.registry (not (hasKey $.Values.flags (printf "%s-repository" $name))) }}
- {{ printf "--%s-repository=%s/interview-tracker-%s" $name (trimSuffix "/" $.Values.image.registry) $name | quote }}
{{- end }}
{{- end }}
{{- if not $.Values.metrics.enabled }}
- --metrics-bind-address=0
{{- end }}
{{- with $.Values.namespaces }}
- --namespaces={{ join "," . }}
{{- end }}
{{- if ne $.Values.pollThrough "pod-ip" }}
- --poll-through={{ $.Values.pollThrough }}
{{- end }}
{{- end -}}
