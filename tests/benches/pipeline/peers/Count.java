// The windowed count as one writes it with Kafka Streams: failed logons of a host in five minutes, told once when they are
// six. Exactly once, and without the cache, which swallows the sixth where the seventh follows soon.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;

public final class Count {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static JsonNode parse(byte[] value) {
        try {
            return JSON.readTree(value);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static void say(String word) {
        System.out.println(word);
        System.out.flush();
    }

    /** broker, topic to read, topic to write, folder, records, matches, threshold. */
    public static void main(String[] args) {
        String from = args[1];
        String to = args[2];
        long records = Long.parseLong(args[4]);
        long matches = Long.parseLong(args[5]);
        long threshold = Long.parseLong(args[6]);
        AtomicLong read = new AtomicLong();
        AtomicLong counted = new AtomicLong();
        Runnable tell = () -> {
            if (read.get() == records && counted.get() == matches) {
                say("done");
            }
        };

        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, to);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, args[3]);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        settings.put(StreamsConfig.producerPrefix("compression.type"), "lz4");

        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(from, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
            .mapValues(Count::parse)
            .peek((key, event) -> {
                long soFar = read.incrementAndGet();
                if (soFar == records / 2) {
                    say("half");
                }
                if (soFar == records) {
                    tell.run();
                }
            })
            .filter((key, event) -> "4625".equals(event.path("event").path("code").asText()))
            .map((key, event) -> KeyValue.pair(event.path("host").path("name").asText(), "1"))
            .groupByKey(Grouped.with(Serdes.String(), Serdes.String()))
            .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(5), Duration.ofHours(1)))
            .count()
            .toStream()
            .peek((window, count) -> {
                if (counted.incrementAndGet() == matches) {
                    tell.run();
                }
            })
            .filter((window, count) -> count == threshold)
            .map((window, count) -> KeyValue.pair(window.key() + "@" + window.window().start(), count.toString()))
            .to(to, Produced.with(Serdes.String(), Serdes.String()));

        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.setStateListener((now, before) -> {
            if (now == KafkaStreams.State.RUNNING) {
                say("ready");
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(5))));
        streams.start();
    }
}
