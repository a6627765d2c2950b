// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/zapr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
)

// keyException is the key of the error that a line reports.
const keyException = "exception"

// newWriter returns what writes the log: one JSON object per line to stderr, with the keys that the
// API and the frontend use: timestamp, level, event, logger and, for errors, exception.
func newWriter(level zapcore.Level) (*zap.Logger, error) {
	config := zap.NewProductionConfig()
	config.Level = zap.NewAtomicLevelAt(level)
	config.EncoderConfig.TimeKey = "timestamp"
	config.EncoderConfig.EncodeTime = encodeTime
	config.EncoderConfig.EncodeLevel = encodeLevel
	config.EncoderConfig.MessageKey = "event"
	config.EncoderConfig.NameKey = "logger"
	writer, err := config.Build(zap.AddStacktrace(zapcore.DPanicLevel))
	if err != nil {
		return nil, fmt.Errorf("creating the logger: %w", err)
	}
	return writer.Named("operator"), nil
}

// encodeTime writes a time in UTC with microseconds.
func encodeTime(at time.Time, to zapcore.PrimitiveArrayEncoder) {
	to.AppendString(at.UTC().Format("2006-01-02T15:04:05.000000Z"))
}

// encodeLevel writes a level in the words of Python's logging.
func encodeLevel(level zapcore.Level, to zapcore.PrimitiveArrayEncoder) {
	switch {
	case level == zapcore.WarnLevel:
		to.AppendString("warning")
	case level > zapcore.ErrorLevel:
		to.AppendString("critical")
	default:
		to.AppendString(level.String())
	}
}

// logFailure logs why the manager ends, also if that is a flag or a cluster that it can't find.
func logFailure(failure error) {
	writer, err := newWriter(zapcore.ErrorLevel)
	if err != nil {
		fmt.Fprintln(os.Stderr, "manager:", errors.Join(failure, err))
		return
	}
	writer.Error("The manager failed", zap.NamedError(keyException, failure))
}

// setLoggers makes the operator and its libraries log by the writer: client-go logs with klog,
// net/http with the standard library.
func setLoggers(writer *zap.Logger) logr.Logger {
	logger := zapr.NewLoggerWithOptions(writer, zapr.ErrorKey(keyException))
	ctrl.SetLogger(logger)
	klog.SetLogger(logger.WithName("klog"))
	standard := writer.Named("log")
	zap.RedirectStdLog(standard)
	log.SetOutput(handshakes{log.Writer(), standard})
	return logger
}

// handshakes lets the failed TLS handshakes of clients be seen with --log-level=debug only:
// net/http logs each of them, and whoever reaches the port can cause any number.
type handshakes struct {
	others io.Writer
	logger *zap.Logger
}

func (h handshakes) Write(line []byte) (int, error) {
	if !bytes.HasPrefix(line, []byte("http: TLS handshake error")) {
		return h.others.Write(line)
	}
	h.logger.Debug(string(bytes.TrimSpace(line)))
	return len(line), nil
}
