{{/* What a user may do, as a policy of S3. Takes the user. */}}
{{- define "minio.policy" -}}
{{- $objects := ternary (list "s3:GetObject") (list "s3:GetObject" "s3:PutObject" "s3:DeleteObject" "s3:AbortMultipartUpload" "s3:ListMultipartUploadParts") (eq .access "readonly") -}}
{{- $inBucket := list -}}
{{- $inObjects := list -}}
{{- range .buckets -}}
{{- $inBucket = append $inBucket (printf "arn:aws:s3:::%s" .) -}}
{{- $inObjects = append $inObjects (printf "arn:aws:s3:::%s/*" .) -}}
{{- end -}}
{{- dict "Version" "2012-10-17" "Statement" (list
  (dict "Effect" "Allow" "Action" (list "s3:GetBucketLocation" "s3:ListBucket" "s3:ListBucketMultipartUploads") "Resource" $inBucket)
  (dict "Effect" "Allow" "Action" $objects "Resource" $inObjects)
) | toPrettyJson -}}
{{- end -}}
